"""The kernel's tables: catalogue, parties, events, measurements, accounts and shared records."""

from itsm.models.accounts import ApiToken, Membership, User
from itsm.models.actions import Action
from itsm.models.base import ArchivableRecord, Record, ReferringRecord, SourcedRecord, SourceRef
from itsm.models.calendars import CalendarFeed
from itsm.models.catalogue import Component, Service, ServiceFamily, ServiceOffering
from itsm.models.comments import Comment
from itsm.models.currencies import Currency
from itsm.models.decisions import Decision
from itsm.models.dependencies import DependencyGroup, DependencyMember
from itsm.models.events import MaintenanceWindow, Outage, ServiceEvent, Ticket, TicketEvent
from itsm.models.feed import FeedEntry
from itsm.models.files import StoredFile
from itsm.models.hours import HoursException, ServiceHours, ServiceHoursVersion
from itsm.models.imports import ImportedRecord, ImportMapping, ImportRun
from itsm.models.jobs import IdempotencyRecord, Job, Mail, NumberSequence, OutboxMessage
from itsm.models.measurements import Sample, Series
from itsm.models.parties import Contact, Party
from itsm.models.saved_views import SavedView
from itsm.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Action",
    "ApiToken",
    "ArchivableRecord",
    "CalendarFeed",
    "Comment",
    "Component",
    "Contact",
    "Currency",
    "Decision",
    "DependencyGroup",
    "DependencyMember",
    "FeedEntry",
    "HoursException",
    "IdempotencyRecord",
    "ImportMapping",
    "ImportRun",
    "ImportedRecord",
    "Job",
    "Mail",
    "MaintenanceWindow",
    "Membership",
    "NumberSequence",
    "Outage",
    "OutboxMessage",
    "Party",
    "Record",
    "ReferringRecord",
    "Sample",
    "SavedView",
    "Series",
    "Service",
    "ServiceEvent",
    "ServiceFamily",
    "ServiceHours",
    "ServiceHoursVersion",
    "ServiceOffering",
    "SourceRef",
    "SourcedRecord",
    "StoredFile",
    "Ticket",
    "TicketEvent",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
]
