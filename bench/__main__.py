"""``python -m bench`` lists the names; ``python -m bench NAME [--json]`` measures one.

The result is kept in ``bench/results`` and ``bench/README.md`` is written from there (``--write``).
"""

import argparse
import ast
import contextlib
import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"


def names() -> dict[str, str]:
    """Return NAME → module, read from the files without importing them."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        declared = _constants(path)
        if "NAME" in declared:
            found[str(declared["NAME"])] = path.stem
    return dict(sorted(found.items()))


def machine() -> str:
    """Return what the figures were measured on, without its name."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {_processor()}, {system}, Python {platform.python_version()}"


def measure(module: str) -> dict[str, Any]:
    """Measure one module, with private servers when it asks for them."""
    declared = _constants(FOLDER / f"{module}.py")
    with contextlib.ExitStack() as held:
        if declared.get("NEEDS_SERVERS"):
            _serve(held)
        figures = import_module(f"bench.{module}").measure()
    return {
        "name": declared["NAME"],
        "machine": machine(),
        "figures": figures,
        "holds": all(one["holds"] for one in figures),
    }


def write_readme() -> None:
    """Write ``bench/README.md`` from the kept results."""
    lines = [
        "# Figures",
        "",
        "Written by `python -m bench --write`; measured with `./run bench NAME`. Each line is the",
        "best of three on the machine named; peers were measured in the same run. Ratio: how many",
        "times better than the peer.",
        "",
    ]
    for path in sorted(RESULTS.glob("*.json")):
        lines += _section(json.loads(path.read_text(encoding="utf-8")))
    (FOLDER / "README.md").write_text("\n".join(lines), encoding="utf-8")


def main(words: list[str]) -> int:
    """Run the command line; return 1 when a figure misses its goal, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--json", action="store_true", help="print one line of JSON only")
    parser.add_argument("--write", action="store_true", help="write bench/README.md")
    asked = parser.parse_args(words)
    code = 0
    if asked.name:
        code = _run(asked.name, as_json=asked.json)
    elif not asked.write:
        print("\n".join(names()))
    if asked.write:
        write_readme()
    return code


def _run(name: str, *, as_json: bool) -> int:
    known = names()
    if name not in known:
        print(f"There is no figure {name}. Choose one of: {', '.join(known)}", file=sys.stderr)
        return 2
    with contextlib.redirect_stdout(sys.stderr):
        result = measure(known[name])
    RESULTS.mkdir(exist_ok=True)
    kept = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(kept, encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(_section(result)))
    return 0 if result["holds"] else 1


def _section(result: dict[str, Any]) -> list[str]:
    lines = [f"## {result['name']}", "", result["machine"], ""]
    lines += ["| figure | value | goal | holds | peer | ratio |", "|---|---:|---:|---|---|---:|"]
    for one in result["figures"]:
        sign = "≤" if one.get("better", "lower") == "lower" else "≥"
        goal = "–" if one["goal"] is None else f"{sign} {_number(one['goal'])} {one['unit']}"
        peer = "–" if not one["peer"] else f"{one['peer']}: {_number(one['peer_value'])}"
        ratio = "–" if one["ratio"] is None else f"{_number(one['ratio'])} ×"
        holds = "yes" if one["holds"] else "**no**"
        value = f"{_number(one['value'])} {one['unit']}"
        lines.append(f"| {one['key']} | {value} | {goal} | {holds} | {peer} | {ratio} |")
    return [*lines, ""]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _constants(path: Path) -> dict[str, Any]:
    """Return the plain constants assigned at the top of a module."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {t.id: node.value.value for t in node.targets if isinstance(t, ast.Name)}
    return found


def _serve(held: contextlib.ExitStack) -> None:
    """Start private servers with all tables and set Django up on them."""
    from tests.servers import start_servers

    servers = start_servers()
    held.callback(servers.stop)
    os.environ.update(servers.environment, DJANGO_SETTINGS_MODULE="itsm.settings")
    subprocess.run(
        [sys.executable, str(FOLDER.parent / "manage.py"), "setup_database", "--quiet"], check=True
    )
    import django

    django.setup()
    from django.db import connections

    held.callback(connections.close_all)


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
