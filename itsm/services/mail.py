"""Mail is a row written in the transaction of the act; a worker sends it."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from itsm.fields import uuid7
from itsm.models import Mail, Party
from itsm.tenancy import SYSTEM, acting_as


def queue_mail(
    *,
    customer: Party,
    key: str,
    recipient: str,
    template: str,
    context: Mapping[str, Any],
    at: datetime,
) -> Mail:
    """Write a mail from ``templates/emails/<template>/{subject.txt,body.txt,body.html}``.

    ``context["language"]`` chooses the language, else the customer's own. The same ``key`` of the same
    customer gives the mail that is there: nobody gets it twice.
    """
    facts = {"site_url": settings.SITE_URL, "customer": customer, **context}
    with translation.override(str(facts.get("language") or customer.language)):
        subject, text, html = (
            render_to_string(f"emails/{template}/{name}", facts)
            for name in ("subject.txt", "body.txt", "body.html")
        )
    pk = uuid7()
    with acting_as(SYSTEM):
        mail, _new = Mail.objects.get_or_create(
            customer=customer,
            key=key,
            defaults={
                "pk": pk,
                "recipient": recipient,
                "subject": " ".join(subject.split())[:200],
                "body_text": text.strip() + "\n",
                "body_html": html,
                "message_id": f"<{pk}@{_domain()}>",
                "due_at": at,
                "is_demo": customer.is_demo,
            },
        )
    return mail


def _domain() -> str:
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2] or "localhost"
