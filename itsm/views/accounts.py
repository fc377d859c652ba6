"""One's own account and API tokens; nobody signs up by himself."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.forms import ProfileForm, TokenForm
from itsm.models import ApiToken, Membership
from itsm.services import accounts
from itsm.tenancy import SYSTEM, acting_as, actor_for
from itsm.views.base import Page
from itsm.views.shell import THEME_COOKIE


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return no."""
        return False


class OwnPage(Page):
    """A page about one's own account: account tables are the system's, so it acts as the system."""

    def portal_facts(self) -> dict[str, Any]:
        """Return which frame the page wears."""
        staff = actor_for(self.request.user).is_staff
        return {"frame": "base.html" if staff else "portal/base.html"}


class AccountPage(OwnPage):
    """Name, time zone and theme."""

    template_name = "itsm/account.html"
    title = lazy("Your account")

    def facts(self) -> dict[str, Any]:
        """Add what the person may do."""
        with acting_as(SYSTEM):
            rows = list(
                Membership.objects.filter(user=self.request.user).select_related("customer")
            )
        return {
            **super().facts(),
            **self.portal_facts(),
            "memberships": [
                f"{row} · {row.customer}" if row.customer_id else str(row) for row in rows
            ],
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.show(form=ProfileForm(instance=request.user))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save it."""
        form = ProfileForm(request.POST, instance=request.user)
        with acting_as(SYSTEM):
            if not form.is_valid():
                return self.show(422, form=form)
            form.save()
        messages.info(request, _("Your account is saved."))
        answer = HttpResponseRedirect(reverse("itsm:account"))
        answer.set_cookie(
            THEME_COOKIE, form.cleaned_data["theme"], max_age=31_536_000, samesite="Lax"
        )
        return answer


class TokensPage(OwnPage):
    """API tokens: made here, shown once, with their last use."""

    template_name = "itsm/tokens.html"
    title = lazy("API tokens")
    lead = lazy("A token lets a program act for you, within your rights. Its secret is shown once.")

    def facts(self) -> dict[str, Any]:
        """Add the tokens that live."""
        with acting_as(SYSTEM):
            rows = list(ApiToken.objects.filter(user=self.request.user).order_by("-created"))
        return {
            **super().facts(),
            **self.portal_facts(),
            "tokens": rows,
            "site": self.request.build_absolute_uri("/"),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list and the form."""
        return self.show(form=TokenForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make a token, or revoke one."""
        with acting_as(SYSTEM):
            if key := request.POST.get("revoke"):
                gone = accounts.revoke_token(request.user, key)  # type: ignore[arg-type]
                messages.info(
                    request,
                    _("The token is revoked.") if gone else _("That token is gone already."),
                )
                return HttpResponseRedirect(reverse("itsm:tokens"))
            form = TokenForm(request.POST)
            if not form.is_valid():
                return self.show(422, form=form)
            try:
                token, secret = accounts.create_token(request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except accounts.AccountRefused as refusal:
                form.add_error(None, str(refusal))
                return self.show(422, form=form)
        return self.show(form=TokenForm(), token=token, secret=secret)
