"""The smallest parts of the JSON form: how each is written, read strictly, and described."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from dsl import syntax
from dsl.build.tokens import near
from dsl.show.expressions import show_value
from dsl.strictjson import InvalidJson, pointer
from dsl.types import is_number

TAG: Final = "is"  # the member that tells which node an object is

_STEP: Final = r"\.[A-Za-z_][A-Za-z0-9_]*|\[(?:[0-9]{1,9}|\*)\]"
_PATH: Final = rf"([A-Za-z_][A-Za-z0-9_]*)((?:{_STEP})*)(\??)"
_DURATION: Final = r"([0-9]{1,5})([smhd])"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT: Final = rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}})?"
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def same(value: Any) -> Any:
    """Return what JSON can hold as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without members; `read` returns None for what does not belong here."""

    words: str
    form: dict[str, Any] = field(hash=False, compare=False)
    reads: Callable[[Any], Any]
    write: Callable[[Any], Any] = same

    def read(self, given: Any, path: str) -> Any:
        """Return the value, or raise `InvalidJson`."""
        try:
            value = self.reads(given)
        except (ValueError, OverflowError):  # no such day, or one beyond the calendar
            value = None
        if value is None:
            raise InvalidJson(f"{self.words} belongs here", path)
        return value

    def schema(self, _defs: object) -> dict[str, Any]:
        """Return the JSON Schema of the value."""
        return dict(self.form)


def _written(words: str, pattern: str, reads: Callable[[re.Match[str]], Any], write: Any) -> Leaf:
    """Return a leaf that is a text of a certain form."""
    compiled = re.compile(pattern)

    def read(given: Any) -> Any:
        match = compiled.fullmatch(given) if isinstance(given, str) else None
        return None if match is None else reads(match)

    form = {
        "type": "string",
        "pattern": f"^{pattern}$",
        "description": words[:1].upper() + words[1:],
    }
    return Leaf(words, form, read, write)


def _when(kind: type) -> Callable[[Any], Any]:
    return lambda given: given if type(given) is kind else None


def one_of(words: tuple[str, ...], make: Callable[[str], Any] = same) -> Leaf:
    """Return a leaf that is one of a few words."""

    def read(given: Any) -> Any:
        return make(given) if isinstance(given, str) and given in words else None

    shown = ", ".join(f"`{word}`" for word in words)
    return Leaf(f"one of {shown}", {"enum": list(words)}, read, str)


def _path(match: re.Match[str]) -> syntax.Path:
    root, rest, optional = match.groups()
    shown = [step.strip(".[]") for step in re.findall(_STEP, rest)]
    steps = tuple(int(step) if step.isdigit() else step for step in shown)
    return syntax.Path(root, steps, bool(optional))


def _duration(match: re.Match[str]) -> timedelta:
    return timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})


def _day(match: re.Match[str]) -> date:
    return date.fromisoformat(match.group())


def _instant(match: re.Match[str]) -> datetime:
    return datetime.fromisoformat(match.group()).replace(tzinfo=UTC)


def _scalar(given: Any) -> Any:
    return given if isinstance(given, str | bool) or is_number(given) else None


def plain(value: Any) -> Any:
    """Write a value of a test: tuples are lists here."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


TEXT: Final = Leaf("a text", {"type": "string"}, _when(str))
TRUTH: Final = Leaf("`true` or `false`", {"type": "boolean"}, _when(bool))
WHOLE: Final = Leaf("a whole number", {"type": "integer"}, _when(int))
NUMBER: Final = Leaf(
    "a number", {"type": "number"}, lambda given: given if is_number(given) else None
)
SCALAR: Final = Leaf(
    "a text, a number or a truth value", {"type": ["string", "number", "boolean"]}, _scalar
)
STEP: Final = Leaf(
    "a name, `*` or the number of an element",
    {"type": ["string", "integer"], "description": "A name, `*` or the number of an element"},
    lambda given: given if type(given) in (str, int) else None,
)
PATH: Final = _written("a path such as `args.items[0].price`", _PATH, _path, str)
DURATION: Final = _written("a duration such as `15m`", _DURATION, _duration, show_value)
DAY: Final = _written("a date such as `2026-01-31`", _DAY, _day, show_value)
MOMENT: Final = _written(
    "a time such as `2026-01-31T09:00`",
    _MOMENT,
    _instant,
    lambda moment: show_value(moment.replace(tzinfo=None)),
)
TOOL: Final = Leaf(
    "the name of a tool or a glob",
    {"type": "string", "description": "The name of a tool or a glob"},
    lambda given: syntax.ToolPattern(given) if isinstance(given, str) else None,
    lambda pattern: pattern.text,
)


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Any JSON value, as the arguments of a call in a test."""

    def write(self, value: Any) -> Any:
        """Return the value as JSON has it."""
        return plain(value)

    def read(self, given: Any, _path: str) -> Any:
        """Return the value."""
        return given

    def schema(self, _defs: object) -> dict[str, Any]:
        """Return the schema that takes everything."""
        return {}


# Objects


def members_of(given: Any, path: str) -> dict[str, Any]:
    """Take an object."""
    if not isinstance(given, dict):
        raise InvalidJson("an object belongs here", path)
    return given


def refuse_others(given: Iterable[str], known: Iterable[str], path: str) -> None:
    """Refuse members that are not known: what is not understood may not be left aside."""
    for name in given:
        if name not in known:
            hint = near(name, known)
            raise InvalidJson(f"there is no such member{hint_of(hint)}", path + pointer(name))


def hint_of(hint: str | None) -> str:
    """Put a hint behind a message."""
    return f"; {hint}" if hint else ""
