"""What the customer must be told about, and the ticket log (ISO/IEC 20000-1:2018, 8.6.1, 8.5.1, 8.7.1, 9.4).

Internal note and customer text are two fields: only the second ever leaves the house.
"""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.freezing import freeze
from itsm.history import audited
from itsm.models.base import Record, SourcedRecord
from itsm.querysets import CustomerQuerySet, PublishedQuerySet

_SHARED = (
    "is_published AND service_id = ANY ((SELECT plimsoll_visible_services())::uuid[])"
    " AND (customer_id IS NULL OR customer_id = ANY ((SELECT plimsoll_customers())::uuid[]))"
)
_ENDS_AFTER_START = Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))


class CustomerFacingRecord(SourcedRecord):
    """A record about a service that customers may read once it is published."""

    wall = "shared"
    wall_condition = _SHARED

    reference = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    service = models.ForeignKey(
        "itsm.Service", models.PROTECT, verbose_name=_("service"), related_name="%(class)ss"
    )
    customer = models.ForeignKey(
        "itsm.Party",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("only for"),
        related_name="+",
        help_text=_("Empty: all customers of the service."),
    )
    title = models.CharField(_("title"), max_length=160)
    internal_note = models.TextField(
        _("internal note"), blank=True, default="", help_text=_("Never shown to customers.")
    )
    customer_text = models.TextField(
        _("text for customers"),
        blank=True,
        default="",
        help_text=_("Stands in the portal and in the report."),
    )
    is_published = models.BooleanField(_("published"), default=False, editable=False)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("corrects"),
        related_name="corrections",
    )
    superseded_at = models.DateTimeField(_("corrected"), null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"


@audited()
class ServiceEvent(CustomerFacingRecord):
    """A failure, breakdown, update, change in internal operations, improvement or known problem."""

    class Kind(models.TextChoices):
        FAILURE = "FAILURE", _("Failure")
        BREAKDOWN = "BREAKDOWN", _("Breakdown")
        UPDATE = "UPDATE", _("Update")
        CHANGE = "CHANGE", _("Change in internal operations")
        IMPROVEMENT = "IMPROVEMENT", _("Improvement")
        KNOWN_PROBLEM = "KNOWN_PROBLEM", _("Known problem")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        APPROVED = "APPROVED", _("Approved")
        CLOSED = "CLOSED", _("Closed")
        CANCELLED = "CANCELLED", _("Cancelled")

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("Open")
        DONE = "DONE", _("Done as planned")
        FAILED = "FAILED", _("Failed")
        ROLLED_BACK = "ROLLED_BACK", _("Rolled back")

    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    starts_at = models.DateTimeField(
        _("starts"), help_text=_("When it happened, starts or was found.")
    )
    ends_at = models.DateTimeField(
        _("ends"), null=True, blank=True, help_text=_("Exclusive. Empty: still open.")
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.OPEN)
    possible_effect = models.TextField(
        _("possible effect"), blank=True, default="", help_text=_("What users may notice.")
    )
    remedy = models.TextField(
        _("what is done about it"),
        blank=True,
        default="",
        help_text=_("Workaround, repair or plan, for customers."),
    )
    benefit = models.TextField(
        _("benefit"), blank=True, default="", help_text=_("For improvements: what it brings.")
    )

    class Meta:
        verbose_name = _("service event")
        verbose_name_plural = _("service events")
        constraints = [
            models.CheckConstraint(
                name="itsm_serviceevent_ends_after_start",
                condition=_ENDS_AFTER_START,
                violation_error_message=_("An event must end after it starts."),
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id="") & Q(superseded_at=None),
                name="itsm_serviceevent_source_number",
            ),
        ]
        indexes = [
            models.Index(fields=["service", "kind", "starts_at"], name="itsm_serviceevent_reader"),
            models.Index(fields=["-starts_at"], name="itsm_serviceevent_list"),
        ]


@audited()
class Outage(CustomerFacingRecord):
    """Time in which a service was down, degraded or not observed; five timestamps after its start."""

    class Kind(models.TextChoices):
        OUTAGE = "OUTAGE", _("Outage")
        DEGRADED = "DEGRADED", _("Degraded")
        UNKNOWN = "UNKNOWN", _("No data")

    class Cause(models.TextChoices):
        PROVIDER = "PROVIDER", _("Provider")
        SUPPLIER = "SUPPLIER", _("Supplier")
        CUSTOMER = "CUSTOMER", _("Customer")
        THIRD_PARTY = "THIRD_PARTY", _("Third party")
        FORCE_MAJEURE = "FORCE_MAJEURE", _("Force majeure")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        APPROVED = "APPROVED", _("Approved")
        CLOSED = "CLOSED", _("Closed")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.OUTAGE)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    weight = models.DecimalField(
        _("weight"),
        max_digits=4,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("1 for a full outage, less when degraded."),
    )
    component = models.ForeignKey(
        "itsm.Component",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("component"),
        related_name="outages",
    )
    event = models.ForeignKey(
        "itsm.ServiceEvent",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("failure or breakdown"),
        related_name="outages",
    )
    starts_at = models.DateTimeField(_("started"))
    detected_at = models.DateTimeField(_("detected"), null=True, blank=True)
    responded_at = models.DateTimeField(_("responded"), null=True, blank=True)
    repaired_at = models.DateTimeField(_("repaired"), null=True, blank=True)
    recovered_at = models.DateTimeField(_("recovered"), null=True, blank=True)
    ends_at = models.DateTimeField(
        _("restored"), null=True, blank=True, help_text=_("Exclusive. Empty: still running.")
    )
    cause = models.CharField(_("cause"), max_length=14, choices=Cause, default=Cause.PROVIDER)
    root_cause = models.TextField(_("root cause, for customers"), blank=True, default="")

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        constraints = [
            models.CheckConstraint(
                name="itsm_outage_ends_after_start",
                condition=_ENDS_AFTER_START,
                violation_error_message=_("An outage must end after it started."),
            ),
            models.CheckConstraint(
                name="itsm_outage_weight",
                condition=Q(weight__gte=0, weight__lte=1),
                violation_error_message=_("A weight lies between 0 and 1."),
            ),
            models.CheckConstraint(
                name="itsm_outage_detected",
                condition=Q(detected_at=None) | Q(detected_at__gte=F("starts_at")),
                violation_error_message=_("Detected cannot lie before started."),
            ),
            models.CheckConstraint(
                name="itsm_outage_responded",
                condition=Q(responded_at=None)
                | Q(detected_at=None)
                | Q(responded_at__gte=F("detected_at")),
                violation_error_message=_("Responded cannot lie before detected."),
            ),
            models.CheckConstraint(
                name="itsm_outage_repaired",
                condition=Q(repaired_at=None)
                | Q(responded_at=None)
                | Q(repaired_at__gte=F("responded_at")),
                violation_error_message=_("Repaired cannot lie before responded."),
            ),
            models.CheckConstraint(
                name="itsm_outage_recovered",
                condition=Q(recovered_at=None)
                | Q(repaired_at=None)
                | Q(recovered_at__gte=F("repaired_at")),
                violation_error_message=_("Recovered cannot lie before repaired."),
            ),
            models.CheckConstraint(
                name="itsm_outage_restored",
                condition=Q(ends_at=None)
                | Q(recovered_at=None)
                | Q(ends_at__gte=F("recovered_at")),
                violation_error_message=_("Restored cannot lie before recovered."),
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id="") & Q(superseded_at=None),
                name="itsm_outage_source_number",
            ),
        ]
        indexes = [
            models.Index(fields=["service", "starts_at"], name="itsm_outage_reader"),
            models.Index(fields=["-starts_at"], name="itsm_outage_list"),
        ]


@audited()
class MaintenanceWindow(CustomerFacingRecord):
    """Planned work on a service, announced and approved; counts as agreed downtime when both were in time."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        ANNOUNCED = "ANNOUNCED", _("Announced")
        APPROVED = "APPROVED", _("Approved")
        DONE = "DONE", _("Done")
        CANCELLED = "CANCELLED", _("Cancelled")

    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    starts_at = models.DateTimeField(_("planned start"))
    ends_at = models.DateTimeField(_("planned end"), help_text=_("Exclusive."))
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    actual_starts_at = models.DateTimeField(_("actual start"), null=True, blank=True)
    actual_ends_at = models.DateTimeField(_("actual end"), null=True, blank=True)
    expected_effect = models.TextField(
        _("expected effect"),
        blank=True,
        default="",
        help_text=_("What users will notice, for customers."),
    )

    class Meta:
        verbose_name = _("maintenance window")
        verbose_name_plural = _("maintenance windows")
        constraints = [
            models.CheckConstraint(
                name="itsm_maintenance_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A maintenance window must end after it starts."),
            ),
            models.CheckConstraint(
                name="itsm_maintenance_actual_order",
                condition=Q(actual_ends_at=None) | Q(actual_ends_at__gt=F("actual_starts_at")),
                violation_error_message=_("The actual end must lie after the actual start."),
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id="") & Q(superseded_at=None),
                name="itsm_maintenance_source_number",
            ),
        ]
        indexes = [
            models.Index(fields=["service", "starts_at"], name="itsm_maintenance_reader"),
            models.Index(fields=["-starts_at"], name="itsm_maintenance_list"),
        ]


class Ticket(Record):
    """An incident or request of a customer, as its ticket system knows it; its clock is in TicketEvent."""

    wall = "customer"

    class Kind(models.TextChoices):
        INCIDENT = "INCIDENT", _("Incident")
        REQUEST = "REQUEST", _("Service request")

    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="tickets"
    )
    service = models.ForeignKey(
        "itsm.Service", models.PROTECT, verbose_name=_("service"), related_name="tickets"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.INCIDENT)
    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("number"), max_length=200)
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, help_text=_("1 is the highest.")
    )
    category = models.CharField(_("category"), max_length=120, blank=True, default="")
    group = models.CharField(_("group"), max_length=120, blank=True, default="")
    opened_at = models.DateTimeField(_("opened"))
    tool_verdict = models.BooleanField(_("source says in time"), null=True, blank=True)
    inputs_sha256 = models.CharField(max_length=64, blank=True, default="", editable=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "source", "external_id"],
                name="itsm_ticket_source_number",
                violation_error_message=_(
                    "This customer already has a ticket with that number from that source."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "service", "opened_at"], name="itsm_ticket_reader"),
            models.Index(fields=["-opened_at"], name="itsm_ticket_list"),
        ]

    def __str__(self) -> str:
        return self.external_id


class TicketEvent(Record):
    """One moment in the life of a ticket's clock; append-only, a correction is a later event that supersedes it.

    ``supersedes`` is the ``sequence`` of the event of the same ticket that this one corrects.
    """

    wall = "customer"

    class Kind(models.TextChoices):
        START = "START", _("Start")
        RESPOND = "RESPOND", _("First response")
        PAUSE = "PAUSE", _("Pause")
        RESUME = "RESUME", _("Resume")
        STOP = "STOP", _("Stop")
        REOPEN = "REOPEN", _("Reopen")
        PRIORITY = "PRIORITY", _("Priority change")
        CANCEL = "CANCEL", _("Cancel")

    updated_at = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    customer = models.ForeignKey(
        "itsm.Party", models.PROTECT, verbose_name=_("customer"), related_name="+"
    )
    ticket = models.ForeignKey(
        "itsm.Ticket", models.CASCADE, verbose_name=_("ticket"), related_name="events"
    )
    sequence = models.PositiveIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    effective_at = models.DateTimeField(_("effective"))
    reason = models.CharField(_("reason"), max_length=120, blank=True, default="")
    priority = models.PositiveSmallIntegerField(_("priority"), null=True, blank=True)
    external_id = models.CharField(
        _("number in the source"), max_length=200, blank=True, default=""
    )
    recorded_by = models.CharField(
        _("recorded by"), max_length=160, blank=True, default="", db_default="", editable=False
    )
    supersedes = models.PositiveIntegerField(_("corrects"), null=True, blank=True, editable=False)
    correction = models.CharField(
        _("why it was corrected"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    superseded_at = models.DateTimeField(_("corrected"), null=True, blank=True, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "ticket", "sequence"], name="itsm_ticketevent_order"
            ),
            models.UniqueConstraint(
                fields=["customer", "ticket", "external_id"],
                condition=~Q(external_id=""),
                name="itsm_ticketevent_source_number",
            ),
            models.UniqueConstraint(
                fields=["customer", "ticket", "supersedes"],
                condition=Q(supersedes__isnull=False),
                name="itsm_ticketevent_corrected_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "kind", "effective_at"], name="itsm_ticketevent_reader"
            )
        ]
        triggers = [freeze("A ticket event", free=("superseded_at",))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_at:%Y-%m-%d %H:%M}"
