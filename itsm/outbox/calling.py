"""Calls the address of a webhook without being led into the house: checked when connecting, not before.

The name is resolved once; every address found must be public (or in ITSM_WEBHOOK_PRIVATE), and the
connection goes to that very address, so a name that changes its mind in between leads nowhere. Redirects
are not followed, proxies of the environment are not used, the answer's body is not kept.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 10
MOST_BYTES = 65_536
_NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class AddressRefused(ValueError):
    """The address is not one that webhooks may be sent to."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: the HTTP status, or the reason why nothing did."""

    status: int | None
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it: 200 to 299."""
        return self.status is not None and 200 <= self.status < 300


def checked(url: str) -> SplitResult:
    """Return the parts of an address; raise AddressRefused when its form alone is wrong."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(_("This is no address. Write https://host/path.")) from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        raise AddressRefused(_("Write an address that begins with https://."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_("Leave name and password out of the address."))
    if any(not char.isprintable() or char == " " for char in url) or not url.isascii():
        raise AddressRefused(_("Write the address without blanks and in ASCII letters."))
    if parts.scheme == "http" and not settings.WEBHOOK_PRIVATE:
        raise AddressRefused(_("Write https://: what is sent must be read by nobody else."))
    return parts


def is_open(address: Address) -> bool:
    """Return whether webhooks may go to an IP address: public, or listed in ITSM_WEBHOOK_PRIVATE."""
    if any(address in ip_network(network) for network in settings.WEBHOOK_PRIVATE):
        return True
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_open(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> str:
    """Return the IP address to connect to; raise AddressRefused when one of those found is not public."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError(_("The name %(host)s is not known.") % {"host": host}) from error
    found: Sequence[str] = [str(row[4][0]) for row in rows]
    if not found or not all(is_open(ip_address(text.partition("%")[0])) for text in found):
        raise AddressRefused(_("%(host)s leads into a private network.") % {"host": host})
    return found[0]


class _Connection(http.client.HTTPConnection):
    """Connects to the checked address, with TLS for the name."""

    def __init__(self, parts: SplitResult) -> None:
        self.parts, self.is_secure = parts, parts.scheme == "https"
        self.default_port = 443 if self.is_secure else 80
        super().__init__(str(parts.hostname), parts.port, timeout=SECONDS)

    def connect(self) -> None:
        """Resolve once, refuse what is not public, connect to the address itself."""
        address = resolve(self.host, self.port)
        self.sock = socket.create_connection((address, self.port), SECONDS)
        if self.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def call(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answered:
    """POST ``body`` and return what came back within ten seconds; raises nothing of the network's."""
    try:
        connection = _Connection(checked(url))
    except AddressRefused as error:
        return Answered(None, str(error))
    try:
        connection.connect()
        ended = Timer(SECONDS, _end, args=(connection.sock,))
        begun = monotonic()
        ended.start()
        try:
            answer = _exchange(connection, body, headers)
        finally:
            ended.cancel()
        # A head that was cut off in the middle reads like a whole one.
        return answer if monotonic() - begun < SECONDS else Answered(None, _("It took too long."))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answered(None, str(error)[:300] or type(error).__name__)
    finally:
        connection.close()


def _exchange(connection: _Connection, body: bytes, headers: Mapping[str, str]) -> Answered:
    parts = connection.parts
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", path, body=body, headers=dict(headers))
    response = connection.getresponse()
    response.read(MOST_BYTES)
    if 300 <= response.status < 400:
        return Answered(response.status, _("It redirects: write the address where it leads."))
    return Answered(response.status, "" if response.status < 300 else response.reason[:300])


def _end(sock: socket.socket) -> None:
    """Cut a connection whose ten seconds are over, however slowly it drips."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
