"""``python -m itsm.server``: start the site here, keep it running, stop it without a trace.

Called by ``./run``. Stages with their seconds, the address and the sign-ins of the demo go to
the terminal, what the processes say goes to ``var/log``.
"""

import argparse
import hashlib
import http.client
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from itsm.server import assets, preflight, programs, tables
from itsm.server.children import Child
from itsm.server.errors import StartRefused
from itsm.server.site import ROOT, Site
from itsm.server.stages import say, stage
from itsm.server.supervisor import Supervisor

ANSWER_SECONDS = 90


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM: not an error, so not an Exception."""


def options(words: list[str]) -> argparse.Namespace:
    """Read the command line; ``PORT`` and ``HOST`` of the environment give the defaults."""
    parser = argparse.ArgumentParser(prog="./run", description="Start Plimsoll on this machine.")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    parser.add_argument("--host", default=os.environ.get("HOST_ADDRESS") or "127.0.0.1")
    parser.add_argument("--no-demo", action="store_true", help="start with an empty database")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Start, serve, stop; return 0 after a wished stop, 1 after a refusal."""
    asked = options(words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    site = Site.here()
    supervisor: Supervisor | None = None
    try:
        if left := site.take():
            say(f"Ended what an earlier Plimsoll had left running: {', '.join(left)}.")
        preflight.free(asked.host, asked.port)
        site.check()
        site.given = {"SITE_URL": f"http://localhost:{asked.port}", **site.given}
        prepare(site, demo=not asked.no_demo)
        supervisor = serve(site, asked.host, asked.port)
        supervisor.watch()
    except StartRefused as refused:
        say(f"\n{refused}")
        return 1
    except StopRequested:
        return 0
    finally:
        _ignore_signals()
        stop(site, supervisor)
    return 0


def prepare(site: Site, *, demo: bool) -> None:
    """Bring assets, servers, tables and demo data to the state of this version."""
    if not assets.up_to_date(ROOT):
        with stage("Browser assets"):
            assets.install(ROOT)
    if site.private_database:
        with stage("PostgreSQL"):
            site.start_database()
    if not site.given.get("REDIS_URL"):
        with stage("Valkey"):
            site.start_valkey()
    site.write_notes()
    is_empty = set_up_tables(site)
    collect_static(site)
    if demo:
        load_demo(site, empty=is_empty)
    if site.private_database and (demo or not is_empty):
        tables.remember(site)


def set_up_tables(site: Site) -> bool:
    """Bring tables and walls to this version unless they are known to be; return whether there are no data."""
    is_loading = (site.folder / "demo.loading").exists()
    if site.private_database and not is_loading and tables.up_to_date(site):
        return False
    tables.forget(site)
    state = site.folder / "run" / "setup.json"
    state.unlink(missing_ok=True)
    _manage(site, "Tables and walls", "setup_database", "--quiet", "--state", str(state))
    return bool(json.loads(state.read_text(encoding="utf-8"))["empty"])


def collect_static(site: Site) -> None:
    """Collect the static files when one of them has changed since the last time."""
    stamp = site.folder / "static.stamp"
    present = _fingerprint(site.folder)
    if stamp.exists() and stamp.read_text(encoding="ascii") == present:
        return
    _manage(site, "Static files", "collectstatic", "--no-input", "--verbosity", "0")
    stamp.write_text(present, encoding="ascii")


def load_demo(site: Site, *, empty: bool) -> None:
    """Load the demo provider once, into an empty database; an interrupted load is done again."""
    stamp = site.folder / "demo.loading"
    known = importlib.util.find_spec("itsm.management.commands.load_demo")
    if known is None or not (empty or stamp.exists()):
        return
    stamp.touch()
    say("  Demo provider (once)")
    begun = time.monotonic()
    if site.manage(["load_demo"]):
        raise StartRefused(
            "The demo provider could not be loaded; the lines above say why. Start without it:"
            " ./run --no-demo"
        )
    stamp.unlink()
    say(f"  {'Demo loaded':<28}{time.monotonic() - begun:6.1f} s")


def serve(site: Site, host: str, port: int) -> Supervisor:
    """Start the three programs and wait until a page answers."""
    web = programs.web(site, host, port)
    supervisor = Supervisor([web, programs.worker(site), programs.beat(site)], site.servers())
    try:
        # The page first: three programs that load at once would keep each other waiting.
        with stage("Web"):
            web.start()
            wait_for_answer(web, host, port)
        with stage("Worker and beat"):
            supervisor.start()
            _wait_for_words(supervisor.children[1], "ready")
            _wait_for_words(supervisor.children[2], "beat")
    except BaseException:
        supervisor.stop()
        raise
    _welcome(site, port)
    return supervisor


def stop(site: Site, supervisor: Supervisor | None) -> None:
    """Stop everything that was started, in order."""
    if supervisor:
        say("\nStopping …")
        supervisor.stop()
    site.stop_servers()
    if supervisor:
        say("Stopped. The data are kept.")


def wait_for_answer(web: Child, host: str, port: int) -> None:
    """Wait until the page answers; raise StartRefused when it ends or keeps silent for 90 s.

    A refusal of this host name or a redirect to HTTPS is an answer too: the settings may ask for it.
    """
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        _refuse_dead(web)
        # Not by urllib, which would ask the proxy that the environment names.
        asked = http.client.HTTPConnection(own, port, timeout=5)
        try:
            asked.request("GET", "/healthz")
            if asked.getresponse().status < 500:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            asked.close()
        time.sleep(0.1)
    raise StartRefused(f"The web process does not answer: {web.last_words()}. See {web.log}.")


def _wait_for_words(child: Child, words: str) -> None:
    """Wait until the program has written ``words``; a slow one may be late, a dead one may not."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while words not in child.said() and time.monotonic() < deadline:
        _refuse_dead(child)
        time.sleep(0.1)


def _refuse_dead(child: Child) -> None:
    if not child.running:
        raise StartRefused(
            f"The {child.name} process stopped: {child.last_words()}. See {child.log}."
        )


def _welcome(site: Site, port: int) -> None:
    say(f"\nPlimsoll is ready: http://localhost:{port}")
    signins = site.folder / "demo_signins.json"
    if signins.exists():
        say("Sign in as")
        for one in json.loads(signins.read_text(encoding="utf-8")):
            say(f"  {one['role']:<34} {one['email']:<34} {one['password']}")
    say("Ctrl-C stops everything.\n")


def _manage(site: Site, title: str, *words: str) -> None:
    with stage(title):
        site.prepare_by(words)


def _fingerprint(site_folder: Path) -> str:
    """Return a digest of names, sizes and times of all that is served as static files."""
    lines = []
    for folder in sorted(found for found in ROOT.glob("*/static") if found.parent != site_folder):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                facts = path.stat()
                lines.append(f"{path} {facts.st_size} {facts.st_mtime_ns}")
    locks = [ROOT / "package-lock.json", ROOT / "requirements/run.txt"]
    lines += [path.read_text(encoding="utf-8") for path in locks if path.exists()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _request_stop(_number: int, _frame: FrameType | None) -> NoReturn:
    _ignore_signals()
    raise StopRequested


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(ROOT)))
    sys.exit(main(sys.argv[1:]))
