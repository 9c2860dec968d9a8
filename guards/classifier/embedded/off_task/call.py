"""A call as a question has it, taken apart again."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dsl import strictjson
from dsl.model import Cause
from guards.judgement import NoJudgement

# As long as a value is no prose: a name, an address, a number, a title.
PROSE: Final = 8
# More than calls have; looking it all up would hold others up.
LONGEST: Final = 65_536
LEAVES: Final = 512


@dataclass(frozen=True, slots=True)
class Called:
    """The name of a tool, and what stands in its arguments."""

    tool: str
    leaves: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """Return the leaves that one would look for as they stand."""
        return tuple(one for one in self.leaves if one and len(one.split()) < PROSE)


def taken_apart(call: str) -> Called:
    """Read a call as `guards.question.written` writes it, or raise."""
    if len(call) > LONGEST:
        raise NoJudgement(Cause.INPUT_TOO_LONG)
    tool, opened, rest = call.partition("(")
    if not opened or not tool or not rest.endswith(")"):
        raise NoJudgement(Cause.FACTS_MISSING)
    try:
        args = strictjson.read(rest[:-1] or "{}")
    except strictjson.InvalidJson:
        raise NoJudgement(Cause.FACTS_MISSING) from None
    if not isinstance(args, dict):
        raise NoJudgement(Cause.FACTS_MISSING)
    leaves = tuple(_leaves(args))
    if len(leaves) > LEAVES:
        raise NoJudgement(Cause.INPUT_TOO_LONG)
    return Called(tool, leaves)


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for one in value.values():
                yield from _leaves(one)
        case list():
            for one in value:
                yield from _leaves(one)
        case bool() | None:  # one of two says nothing of where it came from
            return
        case Decimal():
            yield plain(value)
        case _:
            yield str(value)


def plain(number: Decimal) -> str:
    """Return a number as people write it: `50.00` is 50."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
