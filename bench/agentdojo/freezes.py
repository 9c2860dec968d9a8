"""Freezes: a policy is measured only as it was written down to be, with what its author had seen.

And the ledger of the suites that are reported: each measurement of one is a line that stays. Both
files only ever grow. A line of the ledger names the digest of the line before.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench import reporting
from bench.agentdojo.suites import HERE, Suite
from bench.reporting import sha256

FREEZES: Final = HERE / "freezes.jsonl"
LEDGER: Final = HERE / "ledger.jsonl"


class NotFrozen(Exception):
    """A policy is not as it was frozen, so it may not be measured."""


class Broken(Exception):
    """The ledger was edited."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A policy and its tools as they were frozen, on which engine, and what was known by then."""

    suite: str
    at: str
    policy_sha256: str
    tools_sha256: str
    engine_commit: str
    seen: str

    @property
    def digest(self) -> str:
        """Return the digest of the line."""
        return sha256(line(asdict(self)).encode())


@dataclass(frozen=True, slots=True)
class Entry:
    """One measurement of a reported suite. `revision` counts all freezes before it."""

    number: int
    at: str
    suite: str
    freeze: str
    revision: int
    counts: Mapping[str, Any]
    before: str


def line(row: Mapping[str, Any]) -> str:
    """Write one row."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def freezes(text: str) -> list[Freeze]:
    """Read freezes, oldest first."""
    return [Freeze(**json.loads(one)) for one in text.splitlines()]


def freeze(suite: Suite, seen: str) -> Freeze:
    """Return a freeze of a suite's policy as it stands."""
    at = reporting.run(0)["at"]
    digests = _digest(suite.policy), _digest(suite.tools)
    return Freeze(suite.name, at, *digests, reporting.head() or "unknown", seen)


def frozen(suite: Suite, known: Sequence[Freeze]) -> Freeze:
    """Return the last freeze that a suite's files match, or raise `NotFrozen`."""
    now = _digest(suite.policy), _digest(suite.tools)
    for one in reversed(known):
        if (one.suite, one.policy_sha256, one.tools_sha256) == (suite.name, *now):
            return one
    message = f"the policy of {suite.name} is not as it was frozen: freeze it, or take edits back"
    raise NotFrozen(message)


def revision(one: Freeze, known: Sequence[Freeze]) -> int:
    """Return how many other freezes of the suite came before."""
    return [each.digest for each in known if each.suite == one.suite].index(one.digest)


def entries(text: str) -> list[Entry]:
    """Read the ledger, or raise `Broken` if a line was changed, taken out or put in between."""
    found: list[Entry] = []
    before = ""
    for number, written in enumerate(text.splitlines(keepends=True), 1):
        one = Entry(**json.loads(written))
        if (one.number, one.before) != (number, before):
            message = f"line {number} of the ledger does not follow the line before"
            raise Broken(message)
        found.append(one)
        before = sha256(written.encode())
    return found


def entered(text: str, suite: str, of: Freeze, nth: int, counts: Mapping[str, Any]) -> str:
    """Return the ledger with one more measurement."""
    known = entries(text)
    before = sha256(text.splitlines(keepends=True)[-1].encode()) if text else ""
    at = reporting.run(0)["at"]
    entry = Entry(len(known) + 1, at, suite, of.digest, nth, counts, before)
    return text + line(asdict(entry))


def reported(known: Sequence[Entry]) -> list[Entry]:
    """Return what is reported: of each freeze the first measurement, whatever came later."""
    first: dict[tuple[str, str], Entry] = {}
    for one in known:
        first.setdefault((one.suite, one.freeze), one)
    return list(first.values())


def grown(before: str, now: str) -> bool:
    """Tell whether a file only grew."""
    return now.startswith(before)


def read(path: Path) -> str:
    """Return a file's text; one that is not there yet is empty."""
    return path.read_text("utf-8") if path.is_file() else ""


def _digest(path: Path) -> str:
    return sha256(path.read_bytes())
