"""What Northwind Hosting told its customers, as data: notices and maintenance."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to customers; ``minutes`` None: still open."""

    kind: str
    service: str
    ago: int
    day: int
    title: str
    text: str
    note: str
    minutes: int | None = 60
    outcome: str = "DONE"
    effect: str = ""
    remedy: str = ""
    benefit: str = ""
    only_for: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance window: planned ``minutes``, ``took`` minutes, announced ``notice_hours`` before."""

    service: str
    ago: int
    day: int
    hour: int
    minutes: int
    took: int
    notice_hours: int
    title: str
    text: str
    note: str
    effect: str


PATCH_DAYS = (("webmail", 9), ("managed-network", 16), ("order-desk", 13), ("public-website", 22))
MAINTENANCE = (
    Work(
        "managed-network",
        5,
        24,
        1,
        120,
        175,
        240,
        "Replacement of core router 1",
        "The first core router is replaced.",
        "Licence file of the new router was missing; 55 minutes over.",
        "Connections are dropped twice for about a minute.",
    ),
    Work(
        "crm",
        4,
        19,
        2,
        60,
        52,
        20,
        "Urgent database repair",
        "An index of the customer database is rebuilt.",
        "Announced 20 hours before: below the agreed 72.",
        "CRM cannot be used during the work.",
    ),
    Work(
        "backup",
        2,
        12,
        10,
        180,
        160,
        200,
        "Restore test of the quarter",
        "A full restore is tried in the second place.",
        "Test of continuity plan BC-03, passed.",
        "Restores are answered after the test.",
    ),
    Work(
        "data-platform",
        1,
        25,
        3,
        240,
        210,
        300,
        "Move to the new warehouse version",
        "The warehouse moves to a new version.",
        "Change CHG with rollback point at 05:00.",
        "No queries during the move.",
    ),
    Work(
        "webmail",
        8,
        3,
        22,
        90,
        80,
        160,
        "New storage firmware",
        "Storage gets the repaired firmware.",
        "Follow-up of the breakdown one month before.",
        "Mail may be slow.",
    ),
)
UPCOMING = (
    (
        "managed-network",
        9,
        "Second line for the northern sites moves",
        "The second line of six sites moves to its new way.",
        "Two interruptions of about two minutes.",
    ),
    (
        "webmail",
        12,
        "Monthly security updates",
        "Security updates of the month.",
        "Interruptions of up to five minutes.",
    ),
    (
        "order-desk",
        16,
        "Release 12.4",
        "New version with faster stock checks.",
        "Order Desk cannot be used for twenty minutes.",
    ),
)
EVENTS = (
    Told(
        "UPDATE",
        "webmail",
        13,
        7,
        "Webmail 5.2",
        "Search now also looks into attachments.",
        "Release WM-5.2.",
    ),
    Told(
        "UPDATE",
        "crm",
        11,
        12,
        "CRM 8.12",
        "Quotations can be copied with all positions.",
        "Release CRM-8.12.",
    ),
    Told(
        "UPDATE",
        "order-desk",
        8,
        20,
        "Order Desk 12.2",
        "Delivery days are shown before an order is sent.",
        "Release OD-12.2.",
    ),
    Told(
        "UPDATE",
        "public-website",
        6,
        4,
        "Forms can be filled in by keyboard",
        "All forms follow WCAG 2.2, level AA.",
        "Audit by an outside expert.",
    ),
    Told(
        "UPDATE",
        "webmail",
        4,
        15,
        "Webmail 5.3",
        "Shared calendars show who is away.",
        "Release WM-5.3.",
    ),
    Told(
        "UPDATE",
        "order-desk",
        2,
        18,
        "Order Desk 12.3",
        "Carriers can be chosen by shop.",
        "Release OD-12.3.",
    ),
    Told(
        "UPDATE",
        "crm",
        1,
        6,
        "CRM 8.15",
        "Faster customer records.",
        "First try failed, see the failure of that day.",
        outcome="ROLLED_BACK",
    ),
    Told(
        "UPDATE",
        "crm",
        0,
        8,
        "CRM 8.15, second try",
        "Faster customer records.",
        "Tried on a copy first.",
        effect="No interruption.",
    ),
    Told(
        "UPDATE",
        "public-website",
        0,
        16,
        "New ferry timetable page",
        "Timetables can be searched by day.",
        "Asked for by the council.",
        only_for="lord-howe",
    ),
    Told(
        "CHANGE",
        "managed-network",
        10,
        9,
        "Firewall pairs replaced",
        "All sites have new firewall pairs.",
        "Batch 3 of 3.",
        minutes=480,
    ),
    Told(
        "CHANGE",
        "workplace-support",
        7,
        2,
        "Service desk works in three shifts",
        "Urgent cases are answered round the clock.",
        "Two people hired.",
        minutes=1440,
    ),
    Told(
        "CHANGE",
        "backup",
        5,
        16,
        "Second place of the copies moved",
        "Copies now lie in Dublin, still inside the European Union.",
        "Vault Backup closed its old hall.",
        minutes=2880,
    ),
    Told(
        "CHANGE",
        "webmail",
        3,
        25,
        "Mail leaves from new addresses",
        "Outgoing mail uses new network addresses; rules at your partners may need them.",
        "Old range was returned.",
        effect="Partners with strict rules may refuse mail for a while.",
    ),
    Told(
        "CHANGE",
        "order-desk",
        0,
        20,
        "Stock database moved to new servers",
        "Order Desk runs on new database servers.",
        "Index list was not compared; see the slow checks of the next day.",
        minutes=180,
    ),
    Told(
        "IMPROVEMENT",
        "order-desk",
        9,
        27,
        "Storage restarts one node at a time",
        "Nodes restart in turn every 90 days.",
        "From the review of the breakdown.",
        benefit="The fault that took three nodes down together cannot come back.",
    ),
    Told(
        "IMPROVEMENT",
        "workplace-support",
        6,
        18,
        "Password reset by oneself",
        "People reset their password on their phone.",
        "18 % fewer calls.",
        benefit="About 20 calls a month are no longer needed.",
    ),
    Told(
        "IMPROVEMENT",
        "managed-network",
        2,
        28,
        "Separate ways checked on site",
        "An engineer walked all lines of six sites.",
        "From the review of the fibre cut.",
        benefit="One cut cable no longer takes a site down.",
    ),
    Told(
        "IMPROVEMENT",
        "crm",
        0,
        24,
        "Updates are tried on a copy first",
        "Each update of CRM runs on a copy of your data for a day.",
        "Agreed with Hudson Freight.",
        benefit="Updates that fail are found before you see them.",
    ),
    Told(
        "FAILURE",
        "webmail",
        5,
        22,
        "Messages with large attachments were late",
        "Messages above 20 MB arrived up to two hours late.",
        "Virus scanner queue.",
        minutes=300,
        effect="Late delivery.",
        remedy="A second scanner was added.",
    ),
    Told(
        "FAILURE",
        "workplace-support",
        0,
        6,
        "Phone line of the service desk was silent",
        "Callers could not hear us for 25 minutes.",
        "Codec after the carrier's change.",
        minutes=25,
        effect="Calls had to be made again.",
        remedy="The carrier has taken its change back.",
    ),
    Told(
        "KNOWN_PROBLEM",
        "webmail",
        2,
        12,
        "Calendar invitations from one product show a wrong time",
        "Invitations of older calendar programs are shown one hour late in summer.",
        "Bug WM-7731, fix planned for 5.4.",
        minutes=None,
        outcome="OPEN",
        effect="Meetings may be entered an hour late.",
        remedy="Open the attachment instead of the preview. Repaired with version 5.4.",
    ),
    Told(
        "KNOWN_PROBLEM",
        "managed-network",
        1,
        17,
        "Lines of two shops still share a duct",
        "The two lines of the shops in Toledo and Getafe share 150 m of duct.",
        "Carrier offers digging in spring.",
        minutes=None,
        outcome="OPEN",
        effect="One cut cable could take a shop down.",
        remedy="A mobile line stands ready at both shops; a separate way is dug in spring.",
        only_for="iberia",
    ),
    Told(
        "KNOWN_PROBLEM",
        "order-desk",
        0,
        22,
        "Database servers reach 80 % of their memory at month end",
        "At the end of a month Order Desk may become slow.",
        "Watch until the extension of memory.",
        minutes=None,
        outcome="OPEN",
        effect="Slow order checks on the last two days of a month.",
        remedy="Reports run at night on these days; memory is doubled next month.",
    ),
)
