"""Asks an advisory service for known holes in what uv.lock names, by pip-audit beside this Python.

`audit.py [--must]` reads what `uv export --format requirements.txt` wrote from standard input. It
ends with 1 where a hole is known, and with `--must` also where nobody could be asked. Mirrors and
proxies answer as well and know of nothing, so a service counts only while it knows of a hole that
is known to everybody.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

SERVICE: Final = os.environ.get("AUDIT_URL", "https://api.osv.dev/v1/query")
KNOWN: Final = ("django", "1.11")
FIRST_S: Final = 15.0  # for that one question, so that a machine without a network goes on soon
ALL_S: Final = 120.0
ANSWER_S: Final = 5
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
Package = tuple[str, str]


class NotAudited(Exception):
    """Nobody could be asked, or not of everything."""


def pinned(exported: str) -> set[Package]:
    """Return every package by name and version, also those of other platforms."""
    return {(name.lower(), version) for name, version in _PINNED.findall(exported)}


def holes(packages: set[Package]) -> dict[Package, list[str]]:
    """Return what is known of each package, and nothing of those without a hole."""
    _asked({KNOWN}, FIRST_S)
    found = _asked({KNOWN, *packages}, ALL_S)
    return {one: known for one, known in found.items() if known and one in packages}


def _asked(packages: set[Package], patience_s: float) -> dict[Package, list[str]]:
    """Ask of packages; raise `NotAudited` unless each is answered for, and the answers mean it."""
    with tempfile.TemporaryDirectory() as made:
        wanted, told = Path(made, "wanted.txt"), Path(made, "told.json")
        wanted.write_text("".join(f"{name}=={version}\n" for name, version in sorted(packages)))
        command = [
            *(str(Path(sys.executable).with_name("pip-audit")), "--strict", "--no-deps"),
            *("--disable-pip", "--progress-spinner", "off", "--timeout", str(ANSWER_S)),
            *("-s", "osv", "--osv-url", SERVICE, "-f", "json", "-o", str(told), "-r", str(wanted)),
        ]
        try:
            run = subprocess.run(  # noqa: S603 - a tool of our own environment
                command, capture_output=True, text=True, timeout=patience_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotAudited(f"no answer within {patience_s:.0f} s") from None
        if not told.is_file():
            last = (run.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
            raise NotAudited(last[:300])
        found = {_package(one): _known(one) for one in json.loads(told.read_text())["dependencies"]}
    if missing := packages - found.keys():
        raise NotAudited(f"nothing was said of {', '.join(sorted(name for name, _ in missing))}")
    if not found[KNOWN]:
        raise NotAudited(f"what answers knows of no holes, not even in {'=='.join(KNOWN)}")
    return found


def _package(told: dict[str, Any]) -> Package:
    return told["name"], told.get("version", "")  # without one, it was not looked up


def _known(told: dict[str, Any]) -> list[str]:
    return [
        f"{one['id']}, mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for one in told.get("vulns", [])
    ]


def main() -> int:
    """Say what is known, or that nobody said."""
    must, packages = "--must" in sys.argv[1:], pinned(sys.stdin.read())
    if not packages:
        print("no package was named", file=sys.stderr)
        return 1
    print(f"Asking {SERVICE} for known holes in {len(packages)} packages ...", flush=True)
    try:
        found = holes(packages)
    except (NotAudited, OSError) as error:
        stars = "*" * 78
        print(f"{stars}\nNOT AUDITED: {error}\nRun `make audit` with a network.\n{stars}")
        return int(must)
    for (name, version), known in sorted(found.items()):
        print(*(f"{name} {version}: {one}" for one in known), sep="\n")
    print(f"{len(found)} of {len(packages)} packages have known holes.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
