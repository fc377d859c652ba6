"""Webhooks: signed, tried by plan, never lost, and never led into the house."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from ipaddress import ip_address
from itertools import pairwise
from time import monotonic, sleep
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from itsm import tasks
from itsm.announcements import announce
from itsm.calculations.webhook_plan import DELAYS, delay_after, is_signed, sign
from itsm.management.commands.webhook_receiver import verdict
from itsm.models import Mail, WebhookDelivery, WebhookEndpoint
from itsm.outbox import calling, feed
from itsm.outbox.calling import Answered, call, is_open
from itsm.services import webhooks
from itsm.tenancy import SYSTEM, acting_as
from tests.world import World

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
REFUSED = Answered(500, "no")
TAKEN = Answered(204)


class Receiver(HTTPServer):
    """A receiver on this machine; ``status`` is its answer, ``got`` what came in."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.connections = 204, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=1"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A listening receiver."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(settings: Any) -> None:
    """Let webhooks reach this machine."""
    settings.WEBHOOK_PRIVATE = ["127.0.0.1/32"]


def endpoint(url: str = "https://desk.example/in", **facts: Any) -> WebhookEndpoint:
    with acting_as(SYSTEM):
        return webhooks.save_endpoint(WebhookEndpoint(name="Desk", url=url, **facts))


def happened(*events: str, **payload: Any) -> None:
    for event in events:
        announce(event, at=AT, **payload)
    feed.publish(at=AT)
    webhooks.plan(at=AT)


def send(row: WebhookEndpoint, answer: Answered = TAKEN, at: datetime = AT) -> int:
    return webhooks.send_due(
        row.pk, clock=lambda: at, send=lambda *_a, **_k: answer, chance=lambda: 0.0
    )


def deliveries() -> list[WebhookDelivery]:
    with acting_as(SYSTEM):
        return list(WebhookDelivery.objects.order_by("created_at", "pk"))


def now(row: WebhookEndpoint) -> WebhookEndpoint:
    with acting_as(SYSTEM):
        return WebhookEndpoint.objects.get(pk=row.pk)


def test_the_signature_is_that_of_the_worked_example() -> None:
    # printf 'msg_1.1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'secret' -binary | base64
    # The key is base64-decoded: whsec_c2VjcmV0 is the six letters "secret".
    made = sign(["whsec_c2VjcmV0"], message="msg_1", timestamp=1_700_000_000, body=b'{"a":1}')

    assert made == "v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY="
    facts = {"message": "msg_1", "timestamp": 1_700_000_000}
    assert is_signed(made, "whsec_c2VjcmV0", body=b'{"a":1}', **facts)
    assert not is_signed(made, "whsec_c2VjcmV0", body=b'{"a":2}', **facts)
    assert not is_signed(made, "whsec_b3RoZXI=", body=b'{"a":1}', **facts)


def test_ten_tries_in_a_little_more_than_three_days() -> None:
    minute, hour = 60, 3600
    assert [wait.total_seconds() for wait in DELAYS] == [
        0, 5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour,
    ]  # fmt: skip
    assert delay_after(1, 0.0) == timedelta(seconds=5)
    assert delay_after(2, 1.0) == timedelta(seconds=330)  # five minutes and a tenth
    assert delay_after(9, 0.0) == timedelta(hours=24)
    assert delay_after(10, 0.0) is None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.1", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1",
     "169.254.169.254", "fe80::1", "fd00::1", "fd00:ec2::254", "100.64.0.1", "::ffff:127.0.0.1",
     "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1",
     "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"],
)  # fmt: skip
def test_an_address_of_the_house_is_not_open(address: str) -> None:
    assert not is_open(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_open(address: str) -> None:
    assert is_open(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
)  # fmt: skip
def test_no_way_of_writing_this_machine_reaches_it(
    receiver: Receiver, host: str, settings: Any
) -> None:
    settings.WEBHOOK_PRIVATE = ["10.99.0.0/16"]  # plain http is allowed then

    answer = call(f"http://{host}:{receiver.server_port}/", body=b"{}", headers={})

    assert answer.status is None
    assert answer.error
    assert receiver.connections == 0


def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE = ["10.99.0.0/16"]
    asked: list[str] = []
    reached: list[Any] = []

    def names(host: str, port: int, **_facts: Any) -> Any:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    def connect(place: Any, *_facts: Any) -> Any:
        reached.append(place[0])
        raise OSError("not in a test")

    monkeypatch.setattr(calling.socket, "getaddrinfo", names)
    monkeypatch.setattr(calling.socket, "create_connection", connect)
    call(f"http://rebind.example:{receiver.server_port}/", body=b"{}", headers={})

    assert (asked, reached) == (["rebind.example"], ["93.184.216.34"])


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(calling.socket, "getaddrinfo", lambda *_a, **_k: rows)

    answer = call("https://mixed.example/", body=b"{}", headers={})

    assert answer == Answered(None, "mixed.example leads into a private network.")


@pytest.mark.usefixtures("home")
def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 307

    answer = call(receiver.url, body=b"{}", headers={})

    assert (answer.status, answer.is_success, len(receiver.got)) == (307, False, 1)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("scheme", "beginning"),
    [("https", b"\x16\x03\x03\x40\x00"), ("http", b"HTTP/1.1 200 OK\r\nX-Long: ")],
)
def test_a_receiver_that_drips_has_not_taken_the_message(
    scheme: str, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "SECONDS", 1)  # each byte comes sooner, the whole never

    def drip(listener: socket.socket) -> None:
        with listener.accept()[0] as line, suppress(OSError):
            line.sendall(beginning)
            for _number in range(50):
                line.sendall(b"a")
                sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        begun = monotonic()
        port = listener.getsockname()[1]
        answer = call(f"{scheme}://127.0.0.1:{port}/", body=b"{}", headers={})
        took = monotonic() - begun
        thread.join()

    assert answer.status is None
    assert 0.9 < took < 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    ["ftp://desk.example/", "file:///etc/passwd", "gopher://x/", "desk.example", "https://", "",
     "https://user:secret@desk.example/", "http://desk.example/", "https://desk.example/a b",
     "https://desk.example:99999/"],
)  # fmt: skip
def test_an_address_of_another_form_is_refused_at_its_field(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        endpoint(url)

    assert list(refused.value.message_dict) == ["url"]
    with acting_as(SYSTEM):
        assert not WebhookEndpoint.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("home")
def test_the_worker_sends_what_happened_signed_to_a_real_receiver(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = endpoint(receiver.url, event_kinds="thing., other.one")
    started: list[str] = []
    monkeypatch.setattr(tasks, "hint", lambda _task, endpoint: started.append(endpoint))
    announce("thing.happened", at=AT, thing="T1")
    announce("unwanted.happened", at=AT)

    tasks.deliver_outbox()
    tasks.send_webhooks()
    for one in started:
        tasks.send_webhooks_to(endpoint=one)

    [(headers, body)] = receiver.got
    event = json.loads(body)
    assert started == [str(row.pk)]
    assert (event["type"], event["data"], event["specversion"]) == (
        "thing.happened",
        {"thing": "T1"},
        "1.0",
    )
    assert event["timestamp"] == event["time"] == "2026-03-10T09:00:00Z"
    assert headers["webhook-id"] == event["id"]
    assert verdict(headers, row.secret, body) == "signed"
    assert verdict(headers, "whsec_b3RoZXI=", body) == "WRONG SIGNATURE"
    [sent] = deliveries()
    assert (sent.state, sent.attempts, sent.status, len(sent.tries)) == ("DONE", 1, 204, 1)


@pytest.mark.django_db
def test_a_new_address_gets_what_happens_from_now_on_and_each_once() -> None:
    announce("thing.before", at=AT)
    feed.publish(at=AT)
    endpoint()
    happened("thing.one", "thing.two")
    webhooks.plan(at=AT)

    assert sorted(row.event for row in deliveries()) == ["thing.one", "thing.two"]


@pytest.mark.django_db
def test_an_address_of_a_customer_gets_that_customers_news_only(world: World) -> None:
    row = endpoint(customer=world.acme)
    with acting_as(SYSTEM):
        for party in (world.acme, world.bolt):
            key = world.agreements[party.slug].pk
            announce("agreement.saved", at=AT, uuid=str(key))
    happened("provider.secret")

    [sent] = deliveries()
    assert sent.endpoint_id == row.pk
    assert json.loads(sent.body)["data"] == {"uuid": str(world.agreements["acme"].pk)}


@pytest.mark.django_db
def test_a_message_is_tried_ten_times_by_plan_with_one_id_and_then_given_up() -> None:
    row, at, instants = endpoint(), AT, []
    happened("thing.happened")
    while (message := deliveries()[0]).state == "PENDING":
        at = max(at, message.due_at)
        assert send(row, REFUSED, at) == 0
        instants.append(at)

    waits = [later - earlier for earlier, later in pairwise(instants)]
    assert waits == list(DELAYS[1:])
    assert (message.state, message.attempts, len(message.tries)) == ("DEAD", 10, 10)
    assert {entry["status"] for entry in message.tries} == {500}


@pytest.mark.django_db
def test_a_message_that_is_taken_at_last_ends_the_failing() -> None:
    row = endpoint()
    happened("thing.happened")
    send(row, REFUSED)
    assert now(row).failing_since == AT
    assert send(row, TAKEN, AT + timedelta(seconds=4)) == 0  # not due yet
    assert send(row, TAKEN, AT + timedelta(seconds=5)) == 1

    assert now(row).failing_since is None
    assert deliveries()[0].state == "DONE"


@pytest.mark.django_db
def test_five_days_of_failure_switch_it_off_tell_the_administrators_and_lose_nothing(
    world: World,
) -> None:
    row = endpoint()
    happened("thing.one")
    send(row, REFUSED)
    happened("thing.two")
    send(row, REFUSED, AT + timedelta(days=5))

    off = now(row)
    assert (off.is_active, off.disabled_reason) == (
        False,
        "It failed for five days. Last answer: no.",
    )
    with acting_as(SYSTEM):
        [mail] = Mail.objects.all()
    assert mail.recipient == world.administrator.email
    assert mail.subject == "Webhook switched off: Desk"

    happened("thing.three")
    assert send(row, TAKEN, AT + timedelta(days=6)) == 0  # switched off: nothing is sent
    off.is_active = True
    with acting_as(SYSTEM):
        webhooks.save_endpoint(off)
    webhooks.plan(at=AT + timedelta(days=6))
    assert send(row, TAKEN, AT + timedelta(days=9)) == 3
    assert {one.state for one in deliveries()} == {"DONE"}


@pytest.mark.django_db
def test_after_a_change_of_the_secret_both_sign_for_a_day() -> None:
    row = endpoint()
    old = row.secret
    happened("thing.happened")
    with acting_as(SYSTEM):
        new = webhooks.rotate(now(row), at=AT)
    [message] = deliveries()
    body = message.body.encode()

    for hours, signs in ((23, True), (24, False)):
        headers = webhooks.headers_of(now(row), message, AT + timedelta(hours=hours))
        assert verdict(headers, new, body) == "signed"
        assert (verdict(headers, old, body) == "signed") is signs


@pytest.mark.django_db
def test_an_administrator_makes_one_by_the_api_and_reads_the_secret_once(world: World) -> None:
    client = Client()
    client.force_login(world.administrator)
    facts = {"name": "Desk", "url": "https://desk.example/in"}
    made = client.post("/api/v1/webhook-endpoints", facts, content_type="application/json")
    key = made.json()["id"]
    read = client.get(f"/api/v1/webhook-endpoints/{key}")
    tested = client.post(f"/api/v1/webhook-endpoints/{key}/test")
    rotated = client.post(f"/api/v1/webhook-endpoints/{key}/rotate")

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert read.json()["secret"] is None
    assert tested.status_code == 200
    assert rotated.json()["secret"] not in (None, made.json()["secret"])
    [message] = deliveries()
    assert message.event == "webhook.test"
    with acting_as(SYSTEM):
        send(message.endpoint)
    again = client.post(f"/api/v1/webhook-deliveries/{message.pk}/resend")
    assert (again.json()["state"], again.json()["message"]) == ("PENDING", str(message.message))


def carried(answer: Any) -> str:
    """Return what an answer gives to the browser beside the page: cookies and headers."""
    return f"{answer.cookies.output()} {answer.headers}"


@pytest.mark.django_db
def test_the_answer_that_makes_a_secret_shows_it_once_and_in_no_cookie(world: World) -> None:
    client = Client()
    client.force_login(world.administrator)
    facts = {"name": "Desk", "url": "https://desk.example/in", "is_active": "on"}
    made = client.post("/webhook-endpoints/new/", facts)
    with acting_as(SYSTEM):
        row = WebhookEndpoint.objects.get()
    first, page = row.secret, f"/webhook-endpoints/{row.pk}/"
    rotated = client.post(f"{page}rotate/")
    second = now(row).secret
    client.post(f"{page}edit/", {**facts, "row_version": now(row).updated_at.isoformat()})
    again = unescape(client.get(page).content.decode())

    assert first != second
    for answer, secret in ((made, first), (rotated, second)):
        assert answer.status_code == 200
        assert f'<pre class="secret">{secret}</pre>' in unescape(answer.content.decode())
        assert "whsec_" not in carried(answer)
    assert "whsec_" not in again
    assert 'href="' + page + '"' in made.content.decode()


@pytest.mark.django_db
def test_the_pages_of_a_webhook_show_what_was_sent_and_what_came_back(world: World) -> None:
    row = endpoint()
    happened("thing.happened", name="Œuvre")
    send(row, Answered(500, "Not today"))
    send(row, TAKEN, AT + timedelta(seconds=5))
    [message] = deliveries()
    client = Client()
    client.force_login(world.administrator)

    page = unescape(client.get(f"/webhook-endpoints/{row.pk}/").content.decode())
    log = unescape(client.get(f"/webhook-deliveries/{message.pk}/").content.decode())

    assert f'<a href="/webhook-deliveries/{message.pk}/">thing.happened</a>' in page
    assert f'href="/webhook-deliveries/?endpoint={row.pk}"' in page
    tried = [line.split("<th")[1] for line in log.split("<tr>") if "<td>Not today</td>" in line]
    assert len(tried) == 1
    assert '<td class="num">500</td>' in tried[0]
    assert '"name": "Œuvre"' in log
    client.force_login(world.staff["INTEGRATION"])
    assert client.get("/webhook-endpoints/").status_code == 403


@pytest.mark.usefixtures("home")
def test_the_receiver_command_prints_and_verifies() -> None:
    out, secret = StringIO(), "whsec_c2VjcmV0"
    facts = {"secret": secret, "port": 0, "count": 1, "stdout": out}
    thread = threading.Thread(target=call_command, args=("webhook_receiver",), kwargs=facts)
    thread.start()
    while "\n" not in out.getvalue():
        thread.join(0.05)
    url = out.getvalue().split()[-1]
    headers = {
        "webhook-id": "m1", "webhook-timestamp": "1700000000",
        "webhook-signature": sign([secret], message="m1", timestamp=1_700_000_000, body=b"{}"),
    }  # fmt: skip

    answer = call(url, body=b"{}", headers=headers)
    thread.join(20)

    assert answer.status == 204
    assert out.getvalue().splitlines()[-1] == "signed  m1  {}"
