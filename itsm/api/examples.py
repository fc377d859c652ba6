"""Bodies that work, for the main operations of the description; a test sends each of them."""

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Any] = {
    "parties_create": {
        "slug": "fabrikam",
        "name": "Fabrikam",
        "roles": ["CUSTOMER"],
        "timezone": "Europe/Madrid",
        "currency": {"code": "EUR"},
    },
    "parties_set_logo": {
        "name": "fabrikam.png",
        "content_base64": "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAAIklEQVR42mPkjmlioAZgYqAS"
        "GDVo1KBRg0YNGjVo1CDyAQDjwQEZM/3YFgAAAABJRU5ErkJggg==",
    },
    "contacts_create": {
        "party": {"slug": "acme"},
        "name": "Ana Ruiz",
        "email": "ana@acme.example",
        "role": "APPROVER",
    },
    "services_create": {
        "slug": "print",
        "name": "Printing",
        "criticality": 3,
        "family": {"slug": "workplace"},
        "hours": {"slug": "always"},
    },
    "services_upsert": {"slug": "backup", "name": "Backup", "hours": {"slug": "always"}},
    "webhook_endpoints_create": {
        "name": "Service desk",
        "url": "https://desk.example/hooks/plimsoll",
        "event_kinds": "outage., decision.",
    },
    "saved_views_create": {
        "name": "Live services",
        "list_name": "services",
        "filters": {"state": ["LIVE"]},
        "columns": ["name", "state", "criticality"],
        "shared_with": "EVERYBODY",
    },
    "components_create": {"slug": "mail-db", "name": "Mail database", "kind": "DATABASE"},
    "dependencies_create": {
        "service": {"slug": "webmail"},
        "operator": "ALL",
        "members": [{"service": {"slug": "network"}}],
        "starts_at": "2026-01-01T00:00:00Z",
    },
    "service_hours_create": {
        "slug": "office",
        "name": "Office hours",
        "timezone": "Europe/Madrid",
    },
    "service_hours_versions_create": {
        "hours": {"slug": "always"},
        "effective_date": "2026-01-01",
        "week": {"Mon": [["08:00", "18:00"]], "Tue": [["08:00", "18:00"]]},
        "annual_holidays": ["12-25"],
    },
    "service_events_create": {
        "service": {"slug": "webmail"},
        "kind": "FAILURE",
        "title": "Mail was slow",
        "customer_text": "Between 8 and 9 messages arrived late.",
        "starts_at": "2026-03-02T07:00:00Z",
        "ends_at": "2026-03-02T08:00:00Z",
    },
    "outages_create": {
        "service": {"slug": "webmail"},
        "title": "Mail server stopped",
        "starts_at": "2026-03-02T07:00:00Z",
        "ends_at": "2026-03-02T07:40:00Z",
        "source": "monitoring",
        "external_id": "alert-4711",
    },
    "outages_upsert": {
        "service": {"slug": "webmail"},
        "title": "Mail server stopped",
        "starts_at": "2026-03-03T07:00:00Z",
    },
    "maintenance_windows_create": {
        "service": {"slug": "webmail"},
        "title": "New certificates",
        "customer_text": "Sign in again afterwards.",
        "starts_at": "2026-03-08T01:00:00Z",
        "ends_at": "2026-03-08T03:00:00Z",
    },
    "tickets_create": {
        "customer": {"slug": "acme"},
        "service": {"slug": "webmail"},
        "source": "helpdesk",
        "external_id": "INC-1",
        "priority": 2,
        "opened_at": "2026-03-02T09:00:00+01:00",
    },
    "series_create": {
        "slug": "mail-latency",
        "name": "Latency of mail",
        "unit": "ms",
        "service": {"slug": "webmail"},
    },
    "actions_create": {
        "customer": {"slug": "acme"},
        "title": "Add a second mail server",
        "owner_name": "Ana Ruiz",
        "due_date": "2026-04-01",
    },
    "decisions_create": {
        "customer": {"slug": "acme"},
        "question": "May we move the maintenance to Sunday?",
        "options": ["Yes", "No"],
        "due_at": "2026-04-01T12:00:00Z",
    },
    "files_create": {
        "customer": {"slug": "acme"},
        "name": "minutes.txt",
        "content": "TWludXRlcyBvZiB0aGUgcmV2aWV3Lgo=",
    },
    "calendar_feeds_create": {
        "name": "Outlook at work",
        "customer": {"slug": "acme"},
        "kinds": ["maintenance", "change"],
    },
    "api_tokens_create": {"name": "Monitoring", "scope": "write", "days": 90},
}
