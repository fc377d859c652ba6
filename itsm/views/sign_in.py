"""How people sign in: the words of allauth's forms, and secrets of the second step kept encrypted."""

import base64
import logging
import secrets
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from itsm.fields import decrypted, encrypted

LOG = logging.getLogger(__name__)
FERNET = "gAAAA"  # every encrypted text begins so; older secrets stand in clear
WRONG_CODE = lazy(
    "This code does not fit. A code of the authenticator is good for 30 seconds, a recovery code "
    "once: write the newest, six or eight digits."
)


class SignInAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators, and refusals say what to do."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": lazy("This account is switched off. Ask an administrator."),
        "email_password_mismatch": lazy(
            "E-mail address and password do not belong together. Check both, or choose “Forgot your "
            "password?” below."
        ),
        "enter_current_password": lazy("This is not your current password. Nothing is changed."),
        "incorrect_password": lazy("This is not your password. Write the one you sign in with."),
        "rate_limited": lazy("Too many wrong codes. Wait five minutes, then try again."),
        "too_many_login_attempts": lazy(
            "Too many wrong tries. Wait five minutes, then try again."
        ),
    }  # fmt: skip

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return no."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message; the page is the same when the mail server is down, the log says so."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # also what smtplib raises
            LOG.exception("A message of the sign-in pages was not sent; see EMAIL_URL")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the account, where the way to the password was."""
        return reverse("itsm:account")


class SecondStepAdapter(DefaultMFAAdapter):
    """Keeps the keys of authenticators and recovery codes encrypted with the site's key."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        """Return the text as it is stored."""
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the stored text; one that another key encrypted becomes a random one: no code fits it."""
        if not encrypted_text.startswith(FERNET):
            return encrypted_text
        return decrypted(encrypted_text) or base64.b32encode(secrets.token_bytes(20)).decode()


class SecondStepForm(AuthenticateForm):
    """The second step of a sign-in; after a recovery code it says how many are left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}

    def save(self) -> None:
        """Record the step."""
        super().save()
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            self.authenticator.refresh_from_db()  # the check locked and marked another copy
            left = len(self.authenticator.wrap().get_unused_codes())
            messages.warning(context.request, _left(left))


def _left(count: int) -> str:
    if not count:
        return _(
            "That was your last recovery code. Make new ones now, under “Two steps at sign-in”."
        )
    return ngettext(
        "You used a recovery code, which works once. %(count)s is left.",
        "You used a recovery code, which works once. %(count)s are left.",
        count,
    ) % {"count": count}


class _Renamed:
    """Names the fields of a password form in the words of the other pages."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {
            "oldpassword": lazy("current password"),
            "password1": lazy("new password"),
            "password2": lazy("new password, once more"),
        }
        for name, field in self.fields.items():
            field.label = words.get(name, field.label)
            field.help_text = "" if name == "password1" else field.help_text
            field.widget.attrs.pop("placeholder", None)


class ChangePasswordForm(_Renamed, account_forms.ChangePasswordForm):
    """Changes one's password."""


class NewPasswordForm(_Renamed, account_forms.ResetPasswordKeyForm):
    """Sets a new password after the link of the mail."""
