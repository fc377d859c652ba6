"""Sends the waiting mails: a row is locked while it is sent, its Message-ID never changes."""

from datetime import datetime

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from itsm.models import Mail
from itsm.outbox.backoff import MAX_TRIES, next_try
from itsm.tenancy import SYSTEM, acting_as


def send_due(*, at: datetime, limit: int = 100) -> int:
    """Send the due mails one by one, each in a transaction of its own; return how many were sent.

    A crash between sending and committing sends that one mail again with the same Message-ID, which
    the receiving system can drop. Mails that fail are tried again later and given up after eight tries.
    """
    sent = 0
    for _number in range(limit):
        with acting_as(SYSTEM):
            mail = (
                Mail.objects.filter(state=Mail.State.PENDING, due_at__lte=at)
                .order_by("due_at", "pk")
                .select_for_update(skip_locked=True)
                .first()
            )
            if mail is None:
                return sent
            sent += _send(mail, at)
    return sent


def _send(mail: Mail, at: datetime) -> int:
    mail.attempts += 1
    try:
        with transaction.atomic():
            message_for(mail).send()
    except Exception as error:  # a foreign system may fail in any way: keep the reason, try again
        mail.error = str(error)[:300] or type(error).__name__
        mail.due_at = next_try(at, mail.attempts)
        if mail.attempts >= MAX_TRIES:
            mail.state = Mail.State.DEAD
        mail.save(update_fields=["attempts", "error", "due_at", "state", "updated_at"])
        return 0
    mail.state, mail.sent_at, mail.error = Mail.State.SENT, at, ""
    mail.save(update_fields=["attempts", "state", "sent_at", "error", "updated_at"])
    return 1


def message_for(mail: Mail) -> EmailMultiAlternatives:
    """Return the message of a row: text first, HTML beside it, the row's own Message-ID."""
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.body_text,
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )
    if mail.body_html:
        message.attach_alternative(mail.body_html, "text/html")
    return message
