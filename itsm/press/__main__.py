"""`python -m itsm.press`: HTML and assets on standard input, PDF on standard output."""

import gc
import json
import logging
import re
import resource
import sys
from datetime import UTC, datetime
from typing import Any

from itsm.press import EXIT_LIBRARY, EXIT_MEMORY, EXIT_OTHER, EXIT_REFUSED
from itsm.press.loading import load_engine

_CREATED = re.compile(r'<meta name="dcterms\.created" content="([^"]+)"')


def read_parcel(source: Any) -> tuple[dict[str, Any], dict[str, dict[str, bytes]]]:
    """Read the head and the parts, by kind and name."""
    head = json.loads(source.readline())
    parts: dict[str, dict[str, bytes]] = {"html": {}, "attachment": {}, "asset": {}}
    for kind, name, size in head["parts"]:
        parts[kind][name] = source.read(size)
    return head, parts


def limit(memory: int, cpu_seconds: int) -> None:
    """Lower the limits of this process; they cannot be raised again."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write_pdf(head: dict[str, Any], parts: dict[str, dict[str, bytes]]) -> bytes:
    """Lay the page out and give the PDF."""
    from weasyprint.text.fonts import FontConfiguration

    from itsm.press.drawing import plain_drawings
    from itsm.press.fetching import AssetFetcher
    from itsm.press.parsing import read_page
    from itsm.press.writing import settle

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    html, font_config = parts["html"][""].decode(), FontConfiguration()
    return read_page(html, AssetFetcher(parts["asset"])).write_pdf(
        finisher=settle,
        pdf_variant="pdf/ua-1",
        pdf_identifier=head["identifier"].encode(),
        attachments=_attachments(parts["attachment"], html),
        font_config=font_config,
        cache=plain_drawings(parts["asset"], font_config),
        presentational_hints=False,
        custom_metadata=False,
    )


def _attachments(files: dict[str, bytes], html: str) -> list[Any]:
    from weasyprint import Attachment

    found = _CREATED.search(html)
    created = datetime.fromisoformat(found[1]) if found else datetime(2000, 1, 1, tzinfo=UTC)
    return [
        Attachment(
            string=body,
            name=name,
            description=name,
            created=created,
            modified=created,
            relationship="Data",
        )
        for name, body in sorted(files.items())
    ]


def main() -> int:
    """Make one document; the exit code tells the kind of failure, the last line its words.

    The libraries are loaded while the page is still being written, and before the limits apply,
    so that a missing one is not mistaken for a lack of memory; the page is read below them.
    Nothing is given back before the process ends, so the search for garbage is switched off.
    """
    gc.disable()
    try:
        load_engine()
    except OSError as error:
        return _failed(EXIT_LIBRARY, str(error))
    head, parts = read_parcel(sys.stdin.buffer)
    try:
        limit(head["memory"], head["cpu_seconds"])
        document = write_pdf(head, parts)
    except (MemoryError, OSError) as error:
        return _failed(EXIT_MEMORY, str(error))
    except BaseException as error:  # a refused address is one, beside every Exception
        refused = type(error).__name__ == "AddressRefused"
        return _failed(EXIT_REFUSED if refused else EXIT_OTHER, str(error) or repr(error))
    sys.stdout.buffer.write(document)
    return 0


def _failed(code: int, words: str) -> int:
    sys.stderr.write(words.replace("\n", " ") + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
