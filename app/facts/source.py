"""What a source of facts is: asked with arguments it gives one JSON value, or says why not."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Protocol

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
_INDEX: Final = r"\[[0-9]{1,9}\]"
_PATH: Final = re.compile(rf"(?:{_NAME}|{_INDEX})(?:\.{_NAME}|{_INDEX})*")
_STEP: Final = re.compile(rf"{_NAME}|{_INDEX}")
Step = str | int


class Outcome(StrEnum):
    """What came of one look-up; only the first two give the fact a value."""

    FOUND = "found"
    KEPT = "kept"  # the session knew it still
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NOT_THERE = "not_there"
    ARGUMENTS = "arguments"
    FAULT = "fault"


class NoFact(Exception):
    """A source has no value for what it was asked. It carries no words: they might be secret."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome)


class FactSource(Protocol):
    """One source. It is only ever read from, and whatever it raises makes the fact unknown."""

    @property
    def takes(self) -> frozenset[str]:
        """Name the arguments of a look-up: these, and no others."""
        ...

    @property
    def max_age_s(self) -> float:
        """Say how long a session may go on with an answer."""
        ...

    async def open(self) -> None:
        """Make ready, or raise a `DrawbarError`: the gateway then does not start."""
        ...

    async def fetch(self, args: Mapping[str, Any]) -> Any:
        """Return the JSON value for some arguments, or raise."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


def plain(value: Any) -> Any:
    """Return a value of the language as JSON, or raise `NoFact` for what has no JSON form."""
    match value:
        case bool() | int() | Decimal() | str():
            return value
        case datetime():
            return value.isoformat()
        case Fraction(denominator=1):
            return int(value)
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {str(key): plain(member) for key, member in value.items()}
        case _:
            raise NoFact(Outcome.ARGUMENTS)


def steps(path: str) -> tuple[Step, ...]:
    """Read a path such as `data.items[0].level`, or raise `ValueError`."""
    if _PATH.fullmatch(path) is None:
        raise ValueError(f"`{path}` is not a path such as `data.items[0].level`")
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in _STEP.findall(path))


def inside(value: Any, path: Sequence[Step]) -> Any:
    """Return what stands at a path of an answer; an answer of another shape is unreadable."""
    for step in path:
        if isinstance(step, str):
            there = isinstance(value, Mapping) and step in value
        else:
            there = isinstance(value, list) and step < len(value)
        if not there:
            raise NoFact(Outcome.UNREADABLE)
        value = value[step]
    return value
