"""Listen on this machine for webhooks, print them and say whether their signature is right."""

from argparse import ArgumentParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.core.management.base import BaseCommand

from itsm.calculations.webhook_plan import is_signed

MOST = 1_000_000


class Command(BaseCommand):
    """``manage.py webhook_receiver --secret whsec_…``: for tries; set ITSM_WEBHOOK_PRIVATE=127.0.0.1/32."""

    help = "Print and verify webhooks on a port of this machine, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port, the secret and how many messages to wait for."""
        parser.add_argument("--port", type=int, default=8765)
        parser.add_argument("--secret", default="", help="whsec_… of the webhook")
        parser.add_argument("--count", type=int, default=0, help="Stop after so many; 0: never")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listen."""
        say, secret = self.stdout.write, options["secret"]

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(MOST, int(self.headers.get("Content-Length", 0))))
                right = verdict(self.headers, secret, body)
                say(
                    f"{right}  {self.headers.get('webhook-id', '-')}  {body.decode(errors='replace')}"
                )
                self.send_response(400 if right == "WRONG SIGNATURE" else 204)
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                return

        with HTTPServer(("127.0.0.1", options["port"]), Receiver) as server:
            say(f"Listening on http://127.0.0.1:{server.server_port}/")
            if not options["count"]:
                server.serve_forever()
            for _number in range(options["count"]):
                server.handle_request()


def verdict(headers: Any, secret: str, body: bytes) -> str:
    """Return "signed", "not verified" without a secret, or "WRONG SIGNATURE"."""
    if not secret:
        return "not verified"
    stamp = headers.get("webhook-timestamp", "")
    right = stamp.isdigit() and is_signed(
        headers.get("webhook-signature", ""), secret,
        message=headers.get("webhook-id", ""), timestamp=int(stamp), body=body,
    )  # fmt: skip
    return "signed" if right else "WRONG SIGNATURE"
