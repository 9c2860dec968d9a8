"""Arguments with which a tool can be called in a test: as few as its schema wants, and valid."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from app.init.guess import Guess
from app.init.places import Place
from app.init.words import PROSE
from dsl import strictjson, toolspec
from dsl.errors import Source
from dsl.lint.schemas import joined
from dsl.lint.wording import words
from dsl.toolspec import Tool

# Two of each kind: one that the user names, and one that a stranger does.
PAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("ada@example.com", "eve@example.net"),
    "iban": ("DE89370400440532013000", "GB29NWBK60161331926819"),
    "url": ("https://example.com/start", "https://example.net/other"),
    "host": ("example.com", "other.example.net"),
    "phone": ("+493012345678", "+493087654321"),
    "date": ("2026-03-02", "2026-04-17"),
    "path": ("/srv/data/first.txt", "/srv/data/second.txt"),
    "id": ("first-4711", "second-8092"),
}
_TEXTS: Final = (
    *("first-4711", "second-8092", "a", "abc", "1", "4711", "2026-03-02", "2026-03-02T10:00:00Z"),
    *("10:00:00Z", "ada@example.com", "https://example.com/start", "example.com", "/srv/a.txt"),
    *("3f2b8c1e-5a4d-4c2b-9e1f-0a1b2c3d4e5f", "192.0.2.1", "2001:db8::1", "P1D", "PT1H", "{}"),
    *("ABC", "A1", "DE", "de-DE", "0123456789abcdef", "v1.2.3", "#1a2b3c", "+493012345678", ""),
)
_NUMBERS: Final = (1, 471100, 2, 10, 100, 0, 1000, -1, Decimal("0.5"))
_TESTS: Final = (
    *("type", "format", "pattern", "minLength", "maxLength", "multipleOf"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)
_DEEPEST: Final = 12
_TRIED: Final = 64
_MOST_ITEMS: Final = 20


def arguments(guess: Guess, inside: str) -> dict[str, Any] | None:
    """Return valid arguments of a tool, its paths inside a folder; None where none were found."""
    tool = guess.declared.tool
    made = _Maker(tool, dict(guess.kinds), inside).whole()
    return made if made is not None and _passes(tool, made) and _speakable(made) else None


def with_value(
    guess: Guess, args: Mapping[str, Any], place: Place, value: Any
) -> dict[str, Any] | None:
    """Return the same call with another value in one place, if that is valid too."""
    changed = {**args, place.name: [value] if place.listed else value}
    return changed if _passes(guess.declared.tool, changed) else None


def pair(guess: Guess, place: Place) -> tuple[Any, Any]:
    """Return two values of a place: one for the user to name, one for a stranger."""
    if place.type == "number":
        return 471100, 809200
    return PAIRS[dict(guess.kinds).get(place.name, "id")]


def _passes(tool: Tool, args: Mapping[str, Any]) -> bool:
    return tool.fault(args) is None


def _speakable(args: Mapping[str, Any]) -> bool:
    """Tell whether a test can write these arguments."""
    named = all(name.isascii() and name.isidentifier() for name in args)
    return named and len(strictjson.written(args)) <= 2_000  # noqa: PLR2004 - a line that people read


class _Maker:
    """Makes a value for each part of a schema; what it makes is checked afterwards."""

    def __init__(self, tool: Tool, kinds: Mapping[str, str], inside: str) -> None:
        self._tool = tool
        self._kinds = kinds
        self._inside = inside

    def whole(self) -> dict[str, Any] | None:
        """Return arguments: as few as are wanted, else all that are declared."""
        for every in (False, True):
            made = self._object(joined(self._tool.schema, self._tool.schema), 0, every=every)
            if _passes(self._tool, made):
                return made
        return None

    def _value(self, schema: Any, depth: int, name: str = "") -> Any:
        return next(self._values(schema, depth, name), None)

    def _values(self, schema: Any, depth: int, name: str = "") -> Iterator[Any]:
        """Yield values that a part of the schema may take, those that it surely takes first."""
        said = joined(schema, self._tool.schema)
        if depth > _DEEPEST:
            return
        if "const" in said:
            yield said["const"]
        if isinstance(said.get("enum"), list):
            yield from (one for one in said["enum"] if one is not None)
            return
        for key in ("anyOf", "oneOf"):
            for choice in said[key] if isinstance(said.get(key), list) else ():
                yield from islice(self._values(choice, depth + 1, name), _TRIED)
        kinds = said.get("type", "object" if "properties" in said else "string")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            yield from self._of_type(kind, said, depth, name)

    def _of_type(self, kind: Any, said: Mapping[str, Any], depth: int, name: str) -> Iterator[Any]:
        match kind:
            case "string":
                yield from filter(_tester(said), self._texts(said, name))
            case "integer" | "number":
                yield from filter(_tester(said), self._numbers(said))
            case "boolean":
                yield False
            case "array":
                yield self._array(said, depth, name)
            case "object":
                yield self._object(said, depth, every=False)
                yield self._object(said, depth, every=True)
            case "null":
                yield None

    def _texts(self, said: Mapping[str, Any], name: str) -> Iterator[str]:
        kind = self._kinds.get(name)
        if kind == "path":
            yield f"{self._inside.rstrip('/')}/first.txt"
        elif kind is not None:
            yield PAIRS[kind][0]
        elif set(words(name)[-1:]) & PROSE:
            yield "Some words"
        yield from _TEXTS
        shortest, longest = said.get("minLength", 0), said.get("maxLength", 1)
        for length in (shortest, longest):
            if isinstance(length, int) and length <= 1_000:  # noqa: PLR2004 - beyond it nobody reads
                yield "a" * length

    def _numbers(self, said: Mapping[str, Any]) -> Iterator[Any]:
        yield from _NUMBERS
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
            if isinstance(said.get(key), int | Decimal) and not isinstance(said[key], bool):
                yield from (said[key], said[key] + 1, said[key] - 1)

    def _array(self, said: Mapping[str, Any], depth: int, name: str) -> list[Any]:
        first = said.get("prefixItems", ())
        made = [self._value(one, depth + 1) for one in first] if isinstance(first, list) else []
        wanted = said.get("minItems", 0)
        many = min(wanted, _MOST_ITEMS) if isinstance(wanted, int) else 0
        values = self._values(said.get("items", {}), depth + 1, name)
        distinct: list[Any] = []
        for value in islice(values, _TRIED):
            if len(made) + len(distinct) >= max(many, 1 if "items" in said else 0):
                break
            distinct += [value] if value not in distinct else []
        made += distinct
        return made + [made[-1]] * (many - len(made)) if made else made

    def _object(self, said: Mapping[str, Any], depth: int, *, every: bool) -> dict[str, Any]:
        listed = said.get("properties", {})
        listed = listed if isinstance(listed, dict) else {}
        wanted = said.get("required", [])
        names = list(listed) if every else wanted if isinstance(wanted, list) else []
        return {
            str(name): self._value(listed.get(name, {}), depth + 1, str(name) if depth == 0 else "")
            for name in dict.fromkeys(names)
        }


def _tester(said: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Return the plain tests of a part's schema, as a test of one value."""
    plain = {key: said[key] for key in _TESTS if key in said}
    if not plain:
        return lambda _value: True
    schema = {"type": "object", "properties": {"part": plain}}
    text = strictjson.written([{"name": "part", "inputSchema": schema}])
    tool = toolspec.read(Source("part", text)).by_name.get("part")
    return lambda value: tool is None or _passes(tool, {"part": value})
