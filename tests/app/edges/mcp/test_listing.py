"""A server is asked once for its tools: whatever it does, it ends in time, and in one sentence."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from app.edges.mcp import listing
from dsl.errors import DrawbarError

HEAD = """
import json, os, sys, time
open(sys.argv[1], "w").write(str(os.getpid()))
def say(message): sys.stdout.write(json.dumps(message) + "\\n"); sys.stdout.flush()
def answers(lists):
    for line in sys.stdin:
        m = json.loads(line)
        if "id" not in m: continue
        if m["method"] == "tools/list": lists(m)
        elif m["method"] == "initialize":
            me = {"name": "x", "version": "1"}
            shown = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
            say({"jsonrpc": "2.0", "id": m["id"], "result": {**shown, "serverInfo": me}})
        else: say({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32601, "message": "no"}})
def result(m, r): say({"jsonrpc": "2.0", "id": m["id"], "result": r})
ODD = {"code": -1, "message": "no\\x1b[31m" * 999}
def refused(m): say({"jsonrpc": "2.0", "id": m["id"], "error": ODD})
TOOL = {"name": "t" + "x" * 2000, "inputSchema": {}}
"""
AGAIN = "{'tools': [TOOL] * 1500, 'nextCursor': 'again'}"
# What each says or does, and a part of the sentence that it ends in.
FAULTY = {
    "says nothing": ("time.sleep(600)", "longer than"),
    "ends": ("sys.exit(3)", "cannot be listed"),
    "says no JSON": ("print('hello'); sys.stdout.flush(); time.sleep(600)", "cannot be listed"),
    "never ends a line": ("while True: sys.stdout.write('x' * 65536)", "cannot be listed"),
    "lists no list": ("answers(lambda m: result(m, {'tools': 5}))", "lists nothing"),
    "never stops to list": (
        "answers(lambda m: result(m, {'tools': [], 'nextCursor': 'again'}))",
        "never ends",
    ),
    "lists too much": (f"answers(lambda m: result(m, {AGAIN}))", "larger than 16 MiB"),
    "refuses": ("answers(refused)", "cannot be listed"),
    "stays when told to end": (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
        "longer than",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_server_is_one_sentence_and_ends(name: str, tmp_path: Path) -> None:
    """Nothing hangs, nothing fills the memory, no process stays."""
    script, words = FAULTY[name]
    pid = tmp_path / "pid"
    command = [sys.executable, "-c", HEAD + script, str(pid)]
    seconds = 5.0 if words == "longer than" else 60.0

    with pytest.raises(DrawbarError, match=words):
        asyncio.run(listing.listed("x", command, {}, seconds=seconds))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_a_server_says_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """Its words are cut, and what would colour or move is shown as a sign."""
    command = [sys.executable, "-c", HEAD + FAULTY["refuses"][0], str(tmp_path / "pid")]

    with pytest.raises(DrawbarError) as refused:
        asyncio.run(listing.listed("x", command, {}))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_a_program_that_is_not_there_is_one_sentence() -> None:
    """What cannot be started says so."""
    with pytest.raises(DrawbarError, match="cannot be started"):
        asyncio.run(listing.listed("x", ["/no/such/program"], {}))


def test_a_server_knows_little_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its client's file does not give it stays with us."""
    monkeypatch.setenv("SECRET_OF_OURS", "s-4711")
    seen = tmp_path / "seen"
    script = f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))"

    with pytest.raises(DrawbarError):
        asyncio.run(listing.listed("x", [sys.executable, "-c", script], {"GIVEN": "g-4711"}))
    assert "s-4711" not in seen.read_text()
    assert "g-4711" in seen.read_text()
