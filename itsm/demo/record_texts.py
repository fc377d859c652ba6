"""What went wrong at Northwind Hosting, as data: breakdowns one by one, and small troubles to choose from."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trouble: ``ago`` in months, ``day`` and UTC ``time``, ``minutes`` long; outage facts and texts."""

    title: str
    text: str
    note: str
    root_cause: str
    services: tuple[str, ...] = ()
    ago: int = 0
    day: int = 1
    time: tuple[int, int] = (9, 0)
    minutes: int = 10
    kind: str = "FAILURE"
    outage: str = "OUTAGE"
    weight: str = "1"
    cause: str = "PROVIDER"
    component: str = ""
    effect: str = ""
    remedy: str = ""

    def lasting(self, minutes: int) -> "Trouble":
        """Return the same trouble with another length."""
        return replace(self, minutes=minutes)


BREAKDOWNS = (
    Trouble(
        ago=9,
        day=17,
        time=(7, 42),
        minutes=338,
        kind="BREAKDOWN",
        services=("webmail", "order-desk", "data-platform"),
        component="storage-node-3",
        title="Storage lost three of five nodes",
        text="Mail, orders and data could not be reached from 07:42 to 13:20 UTC. No data were lost.",
        note="Firmware 4.2.1 rebooted nodes 2 to 4 within minutes. Quorum lost. Vendor case 00418273.",
        root_cause="A firmware fault restarted three storage nodes at the same time after 497 days of"
        " running. The other two could not serve data alone.",
        effect="Orders could not be entered; mail was delivered late.",
        remedy="Firmware replaced on all nodes; nodes now restart one by one every 90 days.",
    ),
    Trouble(
        ago=3,
        day=11,
        time=(13, 5),
        minutes=187,
        kind="BREAKDOWN",
        cause="SUPPLIER",
        services=("managed-network",),
        component="carrier-lines",
        title="Fibre cut on the northern route",
        text="An excavator cut a cable of Carrier One. Sites on the northern route were without network"
        " from 13:05 to 16:12 UTC.",
        note="Both lines of six sites ran through the same duct for 400 m, against the order.",
        root_cause="Both lines of the affected sites shared one duct near the exchange, although separate"
        " ways were agreed with the carrier.",
        effect="No network at six sites.",
        remedy="The carrier has rerouted the second line; separate ways were checked on site.",
    ),
    Trouble(
        ago=0,
        day=14,
        time=(10, 21),
        minutes=41,
        services=("managed-network",),
        component="core-router-2",
        title="Router failed during a change of routes",
        text="A wrong route took the network down from 10:21 to 11:02 UTC.",
        note="Change was typed by hand on router 2 because the tool was down. Peer review was skipped.",
        root_cause="A route was entered by hand with a wrong mask and was spread to all sites.",
        effect="No access to remote systems.",
        remedy="Routes are changed by the checked tool only; entering them by hand is blocked.",
    ),
    Trouble(
        ago=0,
        day=21,
        time=(8, 15),
        minutes=95,
        services=("order-desk",),
        outage="DEGRADED",
        weight="0.4",
        component="database-cluster",
        title="Order checks were slow",
        text="Checking an order took up to 40 seconds instead of two.",
        note="Missing index after the release of day 20; found by the query log.",
        root_cause="A release left out an index, so each check read the whole stock table.",
        effect="Orders could be entered, but slowly.",
        remedy="The index is back; releases now compare them.",
    ),
    Trouble(
        ago=1,
        day=6,
        time=(15, 30),
        minutes=64,
        services=("crm",),
        component="crm-application",
        title="CRM did not start after an update",
        text="CRM could not be used from 15:30 to 16:34 UTC.",
        note="Rolled back to 8.14. Health check answered before the cache was warm.",
        root_cause="The update needed more memory than the servers offered.",
        effect="Sales staff could not open customer records.",
        remedy="Memory was raised; updates are now tried on a copy first.",
    ),
    Trouble(
        ago=2,
        day=19,
        time=(22, 10),
        minutes=55,
        services=("public-website",),
        cause="THIRD_PARTY",
        component="web-front",
        title="Website under a flood of requests",
        text="The public website answered slowly or not at all from 22:10 to 23:05 UTC.",
        note="About 40,000 requests a second from one botnet; filter rule 112 added.",
        root_cause="An attack from outside used up all connections of the web front.",
        effect="Forms and payments could not be sent.",
        remedy="A filter in front of the site now limits callers.",
    ),
    Trouble(
        ago=6,
        day=9,
        time=(3, 0),
        minutes=240,
        services=("webmail",),
        outage="UNKNOWN",
        weight="0",
        title="Monitoring was blind",
        text="Our monitoring of Webmail did not record anything for four hours.",
        note="Probe host ran out of disk; users report no trouble.",
        root_cause="The disk of the probe was full.",
        remedy="Two probes in two places now watch each other.",
    ),
    Trouble(
        ago=0,
        day=3,
        time=(1, 0),
        minutes=180,
        services=("public-website",),
        outage="UNKNOWN",
        weight="0",
        title="Gap in the measurements",
        text="The measurements of the public website have a gap of three hours.",
        note="Probe in Sydney was moved.",
        root_cause="The probe was moved to another rack.",
    ),
    Trouble(
        ago=12,
        day=5,
        time=(11, 0),
        minutes=75,
        services=("order-desk",),
        component="order-application",
        title="Carrier labels could not be printed",
        text="Orders were taken, but labels could not be printed from 11:00 to 12:15 UTC.",
        note="Certificate of the label service expired; renewal job was disabled in March.",
        outage="DEGRADED",
        weight="0.6",
        root_cause="A certificate had expired without a warning.",
        effect="Parcels left the warehouse late.",
        remedy="All certificates are listed and renewed 30 days ahead.",
    ),
    Trouble(
        ago=7,
        day=23,
        time=(6, 20),
        minutes=52,
        services=("backup",),
        cause="SUPPLIER",
        component="vault-copies",
        title="Copies could not be written",
        text="Vault Backup did not accept copies for 52 minutes; all of them were written later that day.",
        note="Their authentication service failed; see their report VB-2281.",
        root_cause="The supplier's sign-in service failed after a change.",
        effect="Copies of the night were finished four hours late.",
        remedy="Copies now wait and try again for a day.",
    ),
)
MINOR_SERVICES = (
    "webmail",
    "crm",
    "order-desk",
    "managed-network",
    "public-website",
    "data-platform",
)
MINOR: dict[str, tuple[Trouble, ...]] = {
    "webmail": (
        Trouble(
            "Mail server restarted",
            "Mail could not be read for some minutes.",
            "Out of memory on server A, restarted by the watchdog.",
            "A memory leak in the search index.",
            component="mail-server-a",
        ),
        Trouble(
            "Sign-in to mail failed",
            "Signing in to mail failed for some minutes.",
            "Directory replica was out of step.",
            "A copy of the directory was out of date.",
            component="mail-server-b",
        ),
    ),
    "crm": (
        Trouble(
            "CRM restarted",
            "CRM was restarted and could not be used for some minutes.",
            "Deadlock in the quotation worker.",
            "Two tasks waited for each other.",
            component="crm-application",
        ),
        Trouble(
            "CRM did not answer",
            "CRM did not answer for some minutes.",
            "Connection pool was exhausted by an export.",
            "A large export used all connections.",
            component="database-cluster",
        ),
    ),
    "order-desk": (
        Trouble(
            "Orders could not be saved",
            "Orders could not be saved for some minutes.",
            "Writer of the database changed over.",
            "The database changed over to its second server.",
            component="database-cluster",
        ),
        Trouble(
            "Stock check failed",
            "Orders waited for the stock check for some minutes.",
            "Stock service was restarted after a release.",
            "A part of the application was restarted.",
            outage="DEGRADED",
            weight="0.5",
            component="order-application",
        ),
    ),
    "managed-network": (
        Trouble(
            "Changeover of a router",
            "Connections were dropped and came back.",
            "Router 1 to 2 by its own watchdog.",
            "A power module of a router failed; the second one took over.",
            component="core-router-1",
        ),
        Trouble(
            "Packet loss",
            "Calls and remote screens were jerky for some minutes.",
            "Carrier rerouted around a fault.",
            "The carrier moved traffic to another way.",
            outage="DEGRADED",
            weight="0.3",
            cause="SUPPLIER",
            component="carrier-lines",
        ),
    ),
    "public-website": (
        Trouble(
            "Website did not answer",
            "The website did not answer for some minutes.",
            "Cache was emptied by a deployment.",
            "A new version emptied the cache.",
            component="web-front",
        ),
        Trouble(
            "Payments failed",
            "Payments could not be sent for some minutes.",
            "Payment provider's status page confirms.",
            "The payment provider had a failure.",
            cause="THIRD_PARTY",
            component="web-front",
        ),
    ),
    "data-platform": (
        Trouble(
            "Queries were refused",
            "Queries were refused for some minutes.",
            "Reader 2 was rebuilt.",
            "A copy of the database was built anew.",
            component="database-cluster",
        ),
    ),
}
