"""`python -m itsm.rendering.child`: HTML and assets on standard input, PDF on standard output."""

import json
import logging
import re
import resource
import sys
from datetime import UTC, datetime
from typing import Any

EXIT_MEMORY, EXIT_LIBRARY, EXIT_REFUSED, EXIT_OTHER = 3, 4, 5, 6
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
    """Lay the page out and give the PDF. WeasyPrint is imported here, below the limits."""
    from weasyprint import HTML, Attachment

    from itsm.rendering.fetching import AssetFetcher

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    html = parts["html"][""].decode()
    found = _CREATED.search(html)
    created = datetime.fromisoformat(found[1]) if found else datetime(2000, 1, 1, tzinfo=UTC)
    fetcher = AssetFetcher(parts["asset"])
    attachments = [
        Attachment(
            string=body,
            name=name,
            description=name,
            created=created,
            modified=created,
            relationship="Data",
        )
        for name, body in sorted(parts["attachment"].items())
    ]
    document = HTML(string=html, base_url="asset:", url_fetcher=fetcher, media_type="print")
    return document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=head["identifier"].encode(),
        attachments=attachments,
        presentational_hints=False,
        custom_metadata=False,
    )


def main() -> int:
    """Make one document; the exit code tells the kind of failure, the last line its words."""
    head, parts = read_parcel(sys.stdin.buffer)
    limit(head["memory"], head["cpu_seconds"])
    try:
        document = write_pdf(head, parts)
    except MemoryError:
        return EXIT_MEMORY
    except OSError as error:
        sys.stderr.write(f"{error}\n".replace("\n", " "))
        return EXIT_LIBRARY if "load library" in str(error) else EXIT_MEMORY
    except Exception as error:  # the parent turns whatever happened into a plain sentence
        sys.stderr.write(str(error).replace("\n", " ") or type(error).__name__)
        return EXIT_REFUSED if type(error).__name__ == "AddressRefused" else EXIT_OTHER
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
