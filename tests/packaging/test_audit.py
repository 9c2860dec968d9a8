"""Laws of the audit in `make check`: a known hole is red, and silence is never called audited.

The advisory service here is one of our own on this machine, that answers as the real one does;
pip-audit is the real one, from the environment that `make security` makes.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-security" / "bin" / "python"
EXPORTED: Final = """\
jinja2==3.1.6 \\
    --hash=sha256:00
    # via drawbar-server
pywin32==312 ; sys_platform == 'win32' \\
    --hash=sha256:00
uvloop==0.23.0 ; platform_python_implementation != 'PyPy'
"""
EVERYBODY_KNOWS: Final = ("django", "1.11")
NOBODY: Final = "http://127.0.0.1:1/v1/query"

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not PYTHON.exists(), reason="`make security` makes its environment"),
]


class Advisories(BaseHTTPRequestHandler):
    """Answers what it knows of a package, and may break off."""

    holes: dict[tuple[str, str], str]
    asked: list[str]
    breaks_at: str | None

    def do_POST(self) -> None:
        """Answer one question."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = told["package"]["name"]
        self.asked.append(name)
        found = self.holes.get((name, told["version"]))
        self.send_response(500 if name == self.breaks_at else 200)
        self.end_headers()
        answer = {} if found is None else {"vulns": [_advisory(name, found)]}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _advisory(name: str, known: str) -> dict[str, object]:
    events = [{"introduced": "0"}, {"fixed": "99.1"}]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"schema_version": "1.7.0", "id": known, "summary": "bad", "affected": affected}


@contextmanager
def service(
    *known: tuple[str, str], breaks_at: str | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Serve what is known; yield the address, and the names that were asked for."""
    holes = {one: f"HOLE-{number}" for number, one in enumerate(known)}
    asked: list[str] = []
    kind = type("Known", (Advisories,), {"holes": holes, "asked": asked, "breaks_at": breaks_at})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def audit(
    address: str, *flags: str, exported: str = EXPORTED
) -> "subprocess.CompletedProcess[str]":
    """Run the audit as `make` does."""
    return subprocess.run(
        [PYTHON, ROOT / ".ci" / "audit.py", *flags],
        input=exported,
        env={**os.environ, "AUDIT_URL": address, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_known_hole_fails_the_check() -> None:
    """In one package of many, and also in one for another platform: named, with what mends it."""
    with service(EVERYBODY_KNOWS, ("pywin32", "312")) as (address, _):
        run = audit(address)

    assert run.returncode == 1, run.stdout + run.stderr
    assert "pywin32 312: HOLE-1, mended in 99.1" in run.stdout
    assert "1 of 3 packages have known holes." in run.stdout
    assert "django" not in run.stdout


def test_without_a_known_hole_every_package_was_asked_for() -> None:
    """It passes, whether or not it must have been audited."""
    with service(EVERYBODY_KNOWS) as (address, asked):
        run = audit(address, "--must")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 of 3 packages have known holes." in run.stdout
    assert {"jinja2", "pywin32", "uvloop"} <= set(asked)


@pytest.mark.parametrize("silent", ["unreachable", "knows nothing", "breaks off"])
def test_silence_is_loud_and_fails_only_where_it_must_be_audited(silent: str) -> None:
    """Nobody there, a mirror that knows nothing, and a fault amid the answers: NOT AUDITED."""
    known = [] if silent == "knows nothing" else [EVERYBODY_KNOWS]
    breaks_at = "uvloop" if silent == "breaks off" else None
    with service(*known, breaks_at=breaks_at) as (address, _):
        asked = NOBODY if silent == "unreachable" else address
        may, must = audit(asked), audit(asked, "--must")

    for run in (may, must):
        assert "\nNOT AUDITED: " in run.stdout
        assert "packages have known holes" not in run.stdout
    assert (may.returncode, must.returncode) == (0, 1)


def test_nothing_to_ask_for_is_a_fault() -> None:
    """An export that failed names no package, which is no pass even without a network."""
    assert audit(NOBODY, exported="").returncode == 1
