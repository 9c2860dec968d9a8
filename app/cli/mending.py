"""Mends policies by the fixes of their findings."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from app.policy import policies
from dsl.errors import Fix, Source
from dsl.lint.fixing import chosen, written
from dsl.lint.levels import Levels
from dsl.lint.rule import Unit
from dsl.lint.run import lint

# One fix can make room for the next; what never comes to rest is our mistake, and is left.
_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Mended:
    """A file before and after, and how many findings the change took away."""

    path: Path
    before: Source
    unit: Unit
    fixed: int

    def diff(self) -> str:
        """Return what changed, as a patch."""
        old, new = (one.text.splitlines(keepends=True) for one in (self.before, self.unit.source))
        return "".join(unified_diff(old, new, self.before.name, self.before.name))


def mend(path: Path, levels: Levels, *, unsafe: bool) -> Mended:
    """Write fixes into a file's text until none is left; the file itself is not touched."""
    before = policies.read_source(path)
    unit, fixed = policies.unit_of(before, path), 0
    for better, count in _rounds(unit, path, levels, unsafe=unsafe):
        unit, fixed = better, fixed + count
    return Mended(path, before, unit, fixed)


def _rounds(unit: Unit, path: Path, levels: Levels, *, unsafe: bool) -> Iterator[tuple[Unit, int]]:
    for _ in range(_ROUNDS):
        fixes = chosen(lint(unit, levels), unsafe=unsafe)
        # All at once; where that breaks the policy, the first that alone does not.
        tries = [fixes, *([one] for one in fixes)] if fixes else []
        for some in tries:
            better = _with(unit, path, some)
            if len(better.broken) <= len(unit.broken):
                break
        else:
            return
        unit = better
        yield unit, len(some)


def _with(unit: Unit, path: Path, fixes: list[Fix]) -> Unit:
    text = written(unit.source.text, fixes)
    return policies.unit_of(Source(unit.source.name, text), path)
