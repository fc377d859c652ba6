"""The PDF process: started for one document, limited in memory, CPU and time, then gone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from itsm.press import EXIT_LIBRARY, EXIT_MEMORY, EXIT_REFUSED

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME")
_CPU_SIGNALS = (signal.SIGXCPU, signal.SIGKILL)
_MEMORY_SIGNALS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGTRAP, signal.SIGBUS)


@dataclass(frozen=True)
class Limits:
    """What one document may use: bytes of address space, CPU seconds, wall-clock seconds."""

    memory: int = 1536 * 1024 * 1024
    cpu_seconds: int = 60
    wall_seconds: int = 90


class RenderingFailed(Exception):
    """No PDF was made; `str()` is a plain reason, `kind` memory, time, library, address, other."""

    def __init__(self, kind: str, reason: str) -> None:
        """Keep the kind beside the sentence."""
        super().__init__(reason)
        self.kind = kind


class Press:
    """The PDF process of one document: it starts at once and loads while the page is written.

    Use it in a `with` statement; a process that was not used ends with the block.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        """Start the process."""
        self._limits = limits or Limits()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "itsm.press"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_ROOT,
            env=_environment(),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        """Give the press."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the process if it still runs, and leave no zombie and no open pipe."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def print(
        self,
        html: str,
        *,
        identifier: str,
        attachments: Mapping[str, bytes] | None = None,
        assets: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """Set `html` as a tagged PDF/UA document and give its bytes; once for each press.

        `assets` are the only things that `asset:NAME` addresses in the page can reach; any other
        address ends the rendering. `attachments` are embedded under their names. Title, author
        and date come from the head of the page. Same input, same bytes. Raises RenderingFailed.
        """
        limits = self._limits
        parcel = pack(html, identifier, attachments or {}, assets or {}, limits)
        try:
            document, words = self.process.communicate(parcel, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise RenderingFailed(
                "time",
                _("The PDF took longer than %(seconds)s seconds and was stopped.")
                % {"seconds": limits.wall_seconds},
            ) from error
        if self.process.returncode or not document.startswith(b"%PDF"):
            raise _failure(self.process.returncode, words.decode(errors="replace"), limits)
        return document


def render_pdf(
    html: str,
    *,
    identifier: str,
    attachments: Mapping[str, bytes] | None = None,
    assets: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
) -> bytes:
    """Set one page; see `Press.print`."""
    with Press(limits) as press:
        return press.print(html, identifier=identifier, attachments=attachments, assets=assets)


def pack(
    html: str,
    identifier: str,
    attachments: Mapping[str, bytes],
    assets: Mapping[str, bytes],
    limits: Limits,
) -> bytes:
    """One line of JSON that lists the parts, then the parts: what the child reads."""
    parts = [("html", "", html.encode())]
    parts += [("attachment", name, body) for name, body in sorted(attachments.items())]
    parts += [("asset", name, body) for name, body in sorted(assets.items())]
    head = {
        "identifier": identifier,
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        "parts": [[kind, name, len(body)] for kind, name, body in parts],
    }
    return json.dumps(head).encode() + b"\n" + b"".join(body for _kind, _name, body in parts)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


def _failure(code: int, words: str, limits: Limits) -> RenderingFailed:
    last = (words.strip().splitlines() or [""])[-1]
    if code == EXIT_MEMORY or -code in _MEMORY_SIGNALS:
        size = limits.memory // (1024 * 1024)
        reason = _("The PDF needed more than %(size)s MiB of memory and was stopped.")
        return RenderingFailed("memory", reason % {"size": size})
    if -code in _CPU_SIGNALS:
        reason = _("The PDF needed more than %(seconds)s seconds of computing and was stopped.")
        return RenderingFailed("time", reason % {"seconds": limits.cpu_seconds})
    if code == EXIT_LIBRARY:
        reason = _(
            "WeasyPrint finds no Pango library (%(words)s). Type: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )
        return RenderingFailed("library", reason % {"words": last})
    if code == EXIT_REFUSED:
        reason = _("The page asks for “%(address)s”; only its own assets may be read.")
        return RenderingFailed("address", reason % {"address": last})
    reason = _("The PDF could not be made: %(words)s (code %(code)s).")
    return RenderingFailed("other", reason % {"words": last, "code": code})
