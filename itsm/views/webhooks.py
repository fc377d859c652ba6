"""The pages of webhooks: addresses, a test message, a new secret, and the log of deliveries."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import filters, forms
from itsm import models as m
from itsm.services import webhooks
from itsm.views.base import ActionPage, DetailPage, FormPage, RecordPage
from itsm.views.columns import Column, link
from itsm.views.entities import Entity

TONES = {"DONE": "ok", "DEAD": "breach", "PENDING": "unknown"}
STATE = Column("state", states=TONES)


def save_webhook(form: Any, _user: Any, _at: datetime) -> m.WebhookEndpoint:
    """Write an address."""
    return webhooks.save_endpoint(form.instance)


def told(page: RecordPage, row: Any, secret: str) -> HttpResponse:
    """Return the page that shows a secret once: it is in no cookie, no address and no message."""
    facts = {
        **page.facts(),
        "title": _("Secret of %(name)s") % {"name": row},
        "record": row,
        "secret": secret,
        "detail_url": page.address("detail", row),
    }
    return render(page.request, "itsm/webhook_secret.html", facts)


class WebhookForm(FormPage):
    """Adds or changes an address; a new one shows its secret once."""

    def finish(self, row: Any) -> HttpResponse:
        """Show the secret of a new address."""
        return told(self, row, row.secret) if self.is_new else super().finish(row)


class TidyPage(DetailPage):
    """A record whose empty facts are no gaps that somebody should fill: they are left out."""

    def facts(self) -> dict[str, Any]:
        """Keep the facts that have a value."""
        found = super().facts()
        return {**found, "fields": [one for one in found["fields"] if one["text"] != "–"]}


class WebhookPage(TidyPage):
    """An address with its last deliveries."""

    def panels(self) -> Sequence[dict[str, Any]]:
        """Return the last ten deliveries, with the way to all."""
        row = self.record()
        rows = m.WebhookDelivery.objects.visible_to(self.request.user).filter(endpoint=row)
        found = [(one, STATE.tone(one)) for one in rows.order_by("-created_at", "pk")[:10]]
        address = reverse("itsm:webhook-deliveries_list") + f"?endpoint={row.pk}"
        return (
            {
                "title": _("Last deliveries"),
                "template": "itsm/_webhook_deliveries.html",
                "url": address if found else "",
                "link": _("All deliveries"),
                "facts": {"rows": found},
            },
        )


class DeliveryPage(TidyPage):
    """A message with the log of its tries and what is sent."""

    def panels(self) -> Sequence[dict[str, Any]]:
        """Return the tries, the newest first, and the body with indents."""
        row = self.record()
        tries = [{**one, "at": datetime.fromisoformat(one["at"])} for one in reversed(row.tries)]
        body = json.dumps(json.loads(row.body), indent=2, ensure_ascii=False)
        return (
            {
                "title": _("Tries"),
                "template": "itsm/_webhook_tries.html",
                "facts": {"tries": tries},
            },
            {"title": _("Body"), "template": "itsm/_webhook_body.html", "facts": {"body": body}},
        )


class TestPage(ActionPage):
    """Sends a test message."""

    question = lazy("Send a test message to %(name)s?")
    explanation = lazy("A message of the kind “webhook.test” is sent within some seconds.")
    submit_text = lazy("Send a test message")

    def act(self, row: Any, form: Any) -> str:
        """Queue it."""
        webhooks.send_test(row, at=self.at)
        return _("The test message is on its way. Its answer stands among the deliveries.")


class RotatePage(ActionPage):
    """Gives a new secret and shows it once."""

    question = lazy("Give %(name)s a new secret?")
    explanation = lazy("For 24 hours messages are signed with the old and the new one.")
    submit_text = lazy("Make a new secret")
    secret = ""

    def act(self, row: Any, form: Any) -> str:
        """Make it."""
        self.secret = webhooks.rotate(row, at=self.at)
        return ""

    def finish(self, words: str) -> HttpResponse:
        """Show it."""
        return told(self, self.record(), self.secret)


class ResendPage(ActionPage):
    """Sends a message again."""

    question = lazy("Send %(name)s again?")
    explanation = lazy("It is sent with the same webhook-id, and tried ten times if it fails.")
    submit_text = lazy("Send it again")

    def act(self, row: Any, form: Any) -> str:
        """Queue it again."""
        webhooks.resend(row, at=self.at)
        return _("It is sent again within some seconds.")


WEBHOOKS = Entity(
    model=m.WebhookEndpoint,
    slug="webhook-endpoints",
    icon="link",
    form=forms.WebhookForm,
    filterset=filters.WebhookFilterSet,
    save=save_webhook,
    related=("customer",),
    ordering=("name", "pk"),
    lead=lazy("Addresses of other systems that are told what happened, signed by a secret."),
    empty_text=lazy("Add the address of a system that wants to know when something happens."),
    columns=(
        Column("name"),
        Column("url"),
        Column("event_kinds"),
        Column("customer.name", lazy("Customer")),
        Column("is_active"),
        Column("failing_since"),
    ),
    detail=(
        Column("url", kind="code"),
        Column("event_kinds"),
        Column("customer"),
        Column("is_active"),
        Column("disabled_reason"),
        Column("failing_since"),
        Column("old_secret_until"),
    ),
    acts=(
        (lazy("Send test"), "test", "change", "main"),
        (lazy("New secret"), "rotate", "change", "plain"),
    ),
    pages={"create": WebhookForm, "edit": WebhookForm, "detail": WebhookPage},
)
DELIVERIES = Entity(
    model=m.WebhookDelivery,
    slug="webhook-deliveries",
    icon="activity",
    filterset=filters.WebhookDeliveryFilterSet,
    related=("endpoint",),
    ordering=("-created_at", "pk"),
    title=lazy("Webhook deliveries"),
    lead=lazy("What was sent to webhooks, how often it was tried and what came back."),
    empty_text=lazy("Messages to webhooks appear here."),
    state=STATE,
    columns=(
        Column("event"),
        Column("endpoint.name", lazy("Webhook")),
        Column("tried_at"),
        Column("attempts", kind="number"),
        Column("status", kind="number"),
        Column("error"),
        Column("state", kind="state", states=TONES),
    ),
    detail=(
        Column("endpoint", url=lambda row: link("itsm:webhook-endpoints_detail", row.endpoint_id)),
        Column("message", kind="code"),
        Column("due_at"),
        Column("tried_at"),
        Column("attempts"),
        Column("status"),
        Column("error"),
    ),
    acts=((lazy("Send again"), "resend", "change", "plain"),),
    pages={"detail": DeliveryPage},
)


def _act(entity: Entity, page: type[ActionPage], name: str) -> Any:
    view = page.as_view(model=entity.model, routes=entity.prefix, icon=entity.icon)
    return path(f"{entity.slug}/<uuid:pk>/{name}/", view, name=f"{entity.slug}_{name}")


WEBHOOK_ROUTES = [
    _act(WEBHOOKS, TestPage, "test"),
    _act(WEBHOOKS, RotatePage, "rotate"),
    _act(DELIVERIES, ResendPage, "resend"),
]
