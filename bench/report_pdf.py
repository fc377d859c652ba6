"""[report-pdf]: a report of 13 pages with 12 charts against bare WeasyPrint on the same HTML.

Fresh process against fresh process, best of three: ours reads the dataset, draws the charts,
fills the templates and sets the PDF in its limited child; the peer lets WeasyPrint set the HTML
that came out, with its default options and the same fonts and style sheets. Of Django, ours loads
what a dataset needs to become a PDF (templates, translations), not the database layer.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import figure

NAME = "report-pdf"
GOAL = "13 pages with 12 charts ≤ 4 s and ≤ 300 MiB, ≤ 1.3 × bare WeasyPrint on the same HTML"
ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "data" / "report_sample.json"
ROUNDS = 3

OURS = """
import json, sys
from django.apps import apps
from django.conf import settings
settings.configure(USE_I18N=True, TEMPLATES=[{"BACKEND":
    "django.template.backends.django.DjangoTemplates", "DIRS": [sys.argv[1]]}])
apps.populate([])
from itsm import rendering
data = json.load(open(sys.argv[2]))
open(sys.argv[3], "wb").write(rendering.pdf(data))
"""

PREPARE = """
import json, sys, django
from pathlib import Path

from bench.figures import figure
from django.conf import settings
settings.configure(USE_I18N=True, TEMPLATES=[{"BACKEND":
    "django.template.backends.django.DjangoTemplates", "DIRS": [sys.argv[1]]}])
django.setup()
from itsm import rendering
from itsm.rendering.pages import print_assets
target = Path(sys.argv[3])
for name, body in print_assets().items():
    place = target / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(body.replace(b"asset:", b""))
html = rendering.html(json.load(open(sys.argv[2]))).replace("asset:", "")
(target / "report.html").write_text(html)
"""

BARE = """
import sys
from weasyprint import HTML
HTML(sys.argv[1]).write_pdf(sys.argv[2])
"""


def _run(code: str, *arguments: object) -> tuple[float, float]:
    """Run Python code in a fresh process; wall seconds and the tree's largest RSS in MiB."""
    command = [sys.executable, "-c", _MEASURED.format(code=code), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    return time.perf_counter() - begun, int(done.stdout.split()[-1]) / 1024


_MEASURED = """{code}
import resource
print(max(resource.getrusage(who).ru_maxrss
          for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def measure() -> list[dict[str, object]]:
    """Figures of one run: seconds, MiB and pages of ours, seconds of the peer, their ratio."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        _run(PREPARE, ROOT / "templates", SAMPLE, work)
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_run(OURS, ROOT / "templates", SAMPLE, work / "ours.pdf"))
            bare.append(_run(BARE, work / "report.html", work / "bare.pdf"))
        pages, charts = _contents(work / "ours.pdf")
    seconds, peer = min(ours)[0], min(bare)[0]
    memory = max(mib for _seconds, mib in ours)
    other = {"peer": "WeasyPrint, same HTML", "peer_value": round(peer, 2)}
    return [
        figure("pages", pages, "pages", goal=13, better="higher"),
        figure("charts", charts, "charts", goal=12, better="higher"),
        figure("peak_rss", memory, "MiB", goal=300),
        figure("wall", round(seconds, 2), "s", goal=4, **other),
        figure("times_weasyprint", round(seconds / peer, 2), "×", goal=1.3),
    ]


def _contents(path: Path) -> tuple[int, int]:
    import pikepdf

    kinds = ("cover", "timeline", "panel", "ranked", "restore", "limits", "heat", "calendar")
    text = SAMPLE.read_text()
    charts = sum(text.count(f'"kind": "{kind}"') for kind in (*kinds, "incident"))
    with pikepdf.open(path) as document:
        return len(document.pages), charts


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1, ensure_ascii=False))
