"""One's own account and API tokens; nobody signs up by himself."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.forms import ProfileForm, TokenForm
from itsm.models import ApiToken, Membership
from itsm.services import accounts
from itsm.tenancy import SYSTEM, acting_as, actor_for
from itsm.views.base import ActionPage, Page
from itsm.views.browsers import browser_of
from itsm.views.shell import THEME_COOKIE


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
            "at": self.at,
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


class SessionsPage(OwnPage):
    """Where one is signed in; each of the other browsers can be signed out from here."""

    template_name = "itsm/sessions.html"
    title = lazy("Where you are signed in")
    lead = lazy("Sign out what you do not know or no longer use, then change your password.")

    def facts(self) -> dict[str, Any]:
        """Add the browsers."""
        with acting_as(SYSTEM):
            rows = accounts.open_sessions(self.request.user, self.request.session.session_key or "")  # type: ignore[arg-type]
        return {
            **super().facts(),
            **self.portal_facts(),
            "sessions": [(row, browser_of(row.user_agent)) for row in rows],
            "has_others": any(not row.is_current for row in rows),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign one browser out, or all others."""
        user, key = request.user, request.POST.get("end", "")
        with acting_as(SYSTEM):
            if key.isdecimal():
                count = accounts.end_session(user, int(key))  # type: ignore[arg-type]
            else:
                count = accounts.end_other_sessions(user, request.session.session_key or "")  # type: ignore[arg-type]
        words = ngettext(
            "%(count)s browser is signed out.", "%(count)s browsers are signed out.", count
        )
        messages.info(request, words % {"count": count} if count else _("Nothing was left to end."))
        return HttpResponseRedirect(reverse("itsm:sessions"))


class SecondStepResetPage(ActionPage):
    """Takes the second step away from somebody who lost the authenticator and the recovery codes."""

    question = lazy("Take the second step of %(name)s away?")
    explanation = lazy(
        "Ask the person by voice or face to face first. From then on the password alone opens the account, every "
        "browser is signed out, %(name)s is told by mail, and the history keeps that you did it."
    )
    submit_text = lazy("Take the second step away")
    danger = True

    def act(self, row: Any, form: Any) -> str:
        """Forget the authenticator and the recovery codes."""
        if not accounts.reset_second_step(row, at=self.at):
            return _("%(name)s has no second step. Nothing is changed.") % {"name": row}
        return _("%(name)s signs in with the password alone. A mail says so.") % {"name": row}
