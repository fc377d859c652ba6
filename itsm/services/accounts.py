"""Accounts: invite, give roles, switch off; API tokens with scope and expiry. System tables, no customer's wall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.models import ApiToken, CalendarFeed, Membership, Party, User
from itsm.services.calendar_feeds import end_lost_feeds
from itsm.services.mail import queue_mail

TOKEN_DAYS = 90
TOKEN_DAYS_LIMIT = 366


class AccountRefused(ValueError):
    """An account may not be changed in this way."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its customer (None on the provider's side)."""

    name: str
    customer: Party | None = None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that somebody is signed in with, and since when."""

    key: int
    user_agent: str
    address: str
    since_at: datetime
    is_current: bool


@transaction.atomic
def save_user(user: User, *, roles: Iterable[Role], password: str = "", by: Any) -> User:
    """Write a user with exactly these roles; the last administrator cannot give the role up."""
    user.email = user.email.lower()
    if password:
        user.set_password(password)
    elif user._state.adding:
        user.set_unusable_password()
    user.full_clean(exclude=["id", "password"])
    user.save()
    wanted = {(role.name, role.customer.pk if role.customer else None) for role in roles}
    there = {(m.role, m.customer_id): m for m in user.memberships.all()}
    for key, membership in there.items():
        if key not in wanted:
            membership.delete()
    for name, customer in sorted(wanted - there.keys(), key=str):
        row = Membership(user=user, role=name, customer_id=customer)
        row.full_clean(exclude=["id", "user"])
        row.save()
    _keep_an_administrator()
    end_lost_feeds(user)
    if not user.is_active:
        end_access(user)
    return user


def _keep_an_administrator() -> None:
    there = Membership.objects.filter(
        role=Membership.Role.ADMINISTRATOR, user__is_active=True
    ).exists()
    if not there:
        raise AccountRefused(
            _(
                "At least one active administrator must remain. Give the role to somebody else first."
            )
        )


def end_access(user: User) -> None:
    """End every session, token and calendar subscription of a user at once."""
    _end_sessions(user)
    ApiToken.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()


def _end_sessions(user: User) -> None:
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    UserSession.objects.filter(user=user).delete()


def open_sessions(user: User, current: str) -> list[OpenSession]:
    """Return where the user is signed in, this browser first, then the newest; ended ones are forgotten."""
    rows = [
        OpenSession(row.pk, row.user_agent, row.ip, row.created_at, row.session_key == current)
        for row in UserSession.objects.purge_and_list(user)
    ]
    rows.sort(key=lambda row: row.since_at, reverse=True)
    return sorted(rows, key=lambda row: not row.is_current)


def end_session(user: User, key: int) -> int:
    """Sign one browser of the user out; return how many were (0 or 1)."""
    rows = list(UserSession.objects.filter(user=user, pk=key))
    for row in rows:
        row.end()
    return len(rows)


def end_other_sessions(user: User, current: str) -> int:
    """Sign the user out everywhere but in this browser; return of how many."""
    rows = [row for row in UserSession.objects.purge_and_list(user) if row.session_key != current]
    for row in rows:
        row.end()
    return len(rows)


@transaction.atomic
def reset_second_step(user: User, *, at: datetime) -> bool:
    """Forget the authenticator and the recovery codes of a user, end the sessions and tell the user by mail.

    The instant is kept with the user, so that the history says who did it. False when there is no second step.
    """
    deleted, _rows = Authenticator.objects.filter(user=user).delete()
    if not deleted:
        return False
    user.second_step_reset_at = at
    user.save(update_fields=["second_step_reset_at", "updated_at"])
    _end_sessions(user)
    provider = Party.objects.providers().order_by("created_at").first()
    if provider is not None:
        queue_mail(
            customer=provider,
            key=f"second-step:{user.pk}:{at.isoformat()}",
            recipient=user.email,
            template="second_step_reset",
            context={"person": user, "language": user.language},
            at=at,
        )
    return True


def create_token(
    user: User, *, name: str, scope: str, days: int = TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """Return a new token and its secret, which is shown this once; it expires after ``days`` (1 to 366)."""
    if not name.strip():
        raise AccountRefused(_("The name is empty. Say what the token is for."))
    if not 1 <= days <= TOKEN_DAYS_LIMIT:
        raise AccountRefused(
            _("A token lives from 1 to %(most)s days.") % {"most": TOKEN_DAYS_LIMIT}
        )
    if scope not in ApiToken.Scope.values:
        raise AccountRefused(_("The scope is read or write."))
    scopes = ["read"] if scope == "read" else ["read", "write"]
    token, secret = ApiToken.objects.create(
        user=user, expiry=timedelta(days=days), name=name.strip()[:80], scopes=scopes
    )
    return token, secret


def revoke_token(user: User, digest_prefix: str) -> int:
    """Delete the user's token whose key begins so; return how many were deleted (0 or 1)."""
    deleted, _rows = ApiToken.objects.filter(user=user, token_key=digest_prefix).delete()
    return deleted


def first_administrator(email: str, password: str, *, name: str) -> User:
    """Create the first administrator of an empty site."""
    user = User(email=email, name=name)
    return save_user(user, roles=[Role(Membership.Role.ADMINISTRATOR)], password=password, by=None)


def signed_in_at(user: User) -> datetime | None:
    """Return the last sign-in."""
    return user.last_login
