"""Work in the background, the outbox and outgoing mail: the truth is here, a broker message is a hint."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.models.base import Record
from itsm.querysets import CustomerQuerySet, ProviderQuerySet


class Job(Record):
    """One piece of background work: progress, tries, result; a dead one waits for a person."""

    wall = "provider"

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed, will be tried again")
        DEAD = "DEAD", _("Given up")
        STOPPED = "STOPPED", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    key = models.CharField(
        _("key"), max_length=200, unique=True, help_text=_("The same key is never queued twice.")
    )
    task = models.CharField(_("task"), max_length=120)
    queue = models.CharField(_("queue"), max_length=20, default="default")
    arguments = models.JSONField(_("arguments"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    progress = models.PositiveSmallIntegerField(_("progress in per cent"), default=0)
    message = models.CharField(_("message"), max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    requested_by = models.CharField(_("asked by"), max_length=160, blank=True, default="")

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [models.Index(fields=["state", "due_at"], name="itsm_job_due")]

    def __str__(self) -> str:
        return self.title


class OutboxMessage(Record):
    """An announcement written in the transaction of the act; delivered at least once to its subscribers."""

    wall = "provider"

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        DONE = "DONE", _("Delivered")
        DEAD = "DEAD", _("Given up")

    event = models.CharField(_("event"), max_length=80)
    payload = models.JSONField(_("payload"), default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    delivered_to = models.JSONField(_("delivered to"), default=list)
    number = models.PositiveBigIntegerField(_("place in the feed"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="PENDING"), name="itsm_outbox_pending"
            ),
            models.Index(  # read by itsm.outbox.feed
                fields=["created_at", "id"],
                condition=models.Q(number=None),
                name="itsm_outbox_untold",
            ),
        ]

    def __str__(self) -> str:
        return self.event


class Mail(Record):
    """An outgoing mail; ``message_id`` stays the same however often sending is tried."""

    wall = "customer"

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        SENT = "SENT", _("Sent")
        DEAD = "DEAD", _("Given up")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("holder"), related_name="+"
    )
    key = models.CharField(
        _("key"), max_length=200, help_text=_("The same key is never sent twice.")
    )
    recipient = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=200)
    body_text = models.TextField(_("text"))
    body_html = models.TextField(_("HTML"), blank=True, default="")
    message_id = models.CharField(_("message id"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="itsm_mail_once")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="PENDING"), name="itsm_mail_pending"
            )
        ]

    def __str__(self) -> str:
        return self.subject


class NumberSequence(models.Model):
    """The last number given for a prefix such as OUT-2026; taken under a row lock, so without gaps."""

    wall = "provider"

    prefix = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("number sequence")
        verbose_name_plural = _("number sequences")

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last}"


class IdempotencyRecord(models.Model):
    """The stored answer to a request with an Idempotency-Key; kept for a day."""

    wall = "system"

    id = models.BigAutoField(primary_key=True)
    user_id = models.UUIDField()
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    content_type = models.CharField(max_length=100, blank=True, default="")
    location = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="itsm_idempotency_key_once")
        ]

    def __str__(self) -> str:
        return self.key
