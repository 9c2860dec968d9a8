"""Long work on policies in a process of its own: beside requests it would take turns from them.

Threads of one Python process run one at a time. However short their turns are, whoever answers
requests waits for a turn again and again; and a thread cannot be ended when the gateway is. The
other process has the text alone, says what it found on its standard output, and gives way to all
other work. What it could not do is done here instead, as if there were no such process.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from dsl.errors import Finding, Span
from memory.revisions.revision import File

Task = Literal["read", "lint"]
MOST_S: Final = 600.0  # for a text to be read: changed policies wait for it
_MODULE: Final = "app.policy.apart_work"


def tree_of(text: str) -> bytes | None:
    """Return the tree of a policy as bytes; None where it has faults, or nobody could read it."""
    process = _started("read")
    return None if process is None else _done(process, text.encode(), MOST_S)


async def mistakes_in(files: Sequence[File]) -> Mapping[str, Sequence[Finding]] | None:
    """Return what the linter says of the policies in some files, by name; None: ask it yourself."""
    told = json.dumps([[one.name, one.text] for one in files]).encode()
    process = _started("lint")
    if process is None:
        return None
    try:
        said = await asyncio.to_thread(_done, process, told)
        found = None if said is None else json.loads(said)
        return None if found is None else {name: _findings(found[name]) for name in found}
    except (ValueError, TypeError, KeyError):  # it said something else
        return None
    finally:
        process.kill()  # where nobody waits for it any more


def _started(task: Task) -> "subprocess.Popen[bytes] | None":
    pipe, environment = subprocess.PIPE, _environment()
    try:
        return subprocess.Popen(  # noqa: S603 - our own program, and a word of ours
            _command(task), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
        )
    except (OSError, ValueError):
        return None


def _done(
    process: "subprocess.Popen[bytes]", content: bytes, seconds: float | None = None
) -> bytes | None:
    """Wait for what a process says; None if it failed, or took longer than it may."""
    try:
        with process:
            try:
                said, _ = process.communicate(content, seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
    except OSError:
        return None
    return said if process.returncode == 0 else None


def written(finding: Finding) -> list[Any]:
    """Write a finding for the process that asked."""
    span = finding.span
    return [finding.code, finding.message, span.start, span.end, finding.level, finding.help]


def _findings(told: Sequence[Sequence[Any]]) -> list[Finding]:
    return [
        Finding(code, message, Span(start, end), level, hint)
        for code, message, start, end, level, hint in told
    ]


def _command(task: Task) -> list[str]:
    return [sys.executable, "-m", _MODULE, task]


def _environment() -> dict[str, str]:
    """Return what the other process may know: where our code is, and no setting."""
    kept = {name: one for name, one in os.environ.items() if not name.startswith("DRAWBAR_")}
    return kept | {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
