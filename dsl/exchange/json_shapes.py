"""The JSON form of every node, derived from its fields: a new node needs nothing here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from dsl import expressions, syntax
from dsl.build.tokens import near
from dsl.errors import printable
from dsl.exchange import json_constants as constants
from dsl.exchange import json_leaves as leaves
from dsl.exchange.json_leaves import TAG, hint_of, members_of, refuse_others
from dsl.exchange.json_lists import Definitions, Named, Sequence, Shape
from dsl.strictjson import InvalidJson, pointer

# Where the word of the language says more than the name of the class.
_TAGS: Final[dict[type, str]] = {
    syntax.TestBlock: "test",
    syntax.TestCall: "call",
    syntax.TimeZone: "timezone",
    syntax.SourceLevel: "source",
    syntax.KindOf: "kind",
}
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def snake(name: str) -> str:
    """Write a class's name as a tag: `TextMatch` is `text_match`."""
    return _HUMP.sub("_", name).lower()


def tag_of(kind: type) -> str:
    """Return the tag that tells a node from the others that may stand in its place."""
    return _TAGS.get(kind, snake(kind.__name__))


def reference(name: str) -> dict[str, Any]:
    """Refer to a definition."""
    return {"$ref": f"#/$defs/{name}"}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a node; one that equals its default is left out."""

    shape: Shape
    default: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A node as an object; with a tag where other nodes might stand in its place."""

    kind: type
    tagged: bool = False

    @property
    def name(self) -> str:
        """Return the name of the definition."""
        return tag_of(self.kind)

    def write(self, value: Any) -> dict[str, Any]:
        """Return the object, without what goes without saying."""
        given = {name: getattr(value, name) for name in members(self.kind)}
        shown = {
            name: member.shape.write(given[name])
            for name, member in members(self.kind).items()
            if member.required or given[name] != member.default
        }
        return {TAG: self.name, **shown} if self.tagged else shown

    def read(self, given: Any, path: str) -> Any:
        """Return the node."""
        known = members(self.kind)
        found = {name: one for name, one in members_of(given, path).items() if name != TAG}
        refuse_others(found if self.tagged else given, known, path)
        for name, member in known.items():
            if member.required and name not in found:
                raise InvalidJson(f"the member `{name}` is missing", path)
        values = {
            name: member.shape.read(found[name], path + pointer(name))
            if name in found
            else member.default
            for name, member in known.items()
        }
        return _finished(self.kind(**values))

    def schema(self, defs: Definitions) -> dict[str, Any]:
        """Return a reference to the object's schema."""
        if self not in defs:
            defs[self] = {}  # stands there already, for what refers to itself
            defs[self] = self.described(defs)
        return reference(self.name)

    def described(self, defs: Definitions) -> dict[str, Any]:
        """Return the object's schema itself."""
        known = members(self.kind)
        tag = {TAG: {"const": self.name}} if self.tagged else {}
        return {
            "description": " ".join((self.kind.__doc__ or "").split()),
            "type": "object",
            "required": [*tag, *(name for name, member in known.items() if member.required)],
            "properties": tag | {name: one.shape.schema(defs) for name, one in known.items()},
            "additionalProperties": False,
        }


def _finished(node: Any) -> Any:
    """Roles are a tuple in the tree, while other values of tests are lists."""
    if isinstance(node, syntax.Given) and node.what == "subject":
        roles = tuple(node.value) if isinstance(node.value, list) else node.value
        return syntax.Given("subject", node.name, () if roles is None else roles)
    return node


@cache
def members(kind: type) -> dict[str, Member]:
    """Return the members of a node: its fields, without the places where they were written."""
    hints = get_type_hints(kind)
    return {one.name: _member(kind, one, hints[one.name]) for one in fields(kind) if one.compare}


def _member(kind: type, one: Field[Any], annotation: Any) -> Member:
    wanted = tuple(arg for arg in get_args(annotation) if arg is not NoneType)
    optional = _is_union(annotation) and len(wanted) < len(get_args(annotation))
    name = f"{tag_of(kind)}_{one.name}"
    bare = reduce(or_, wanted) if optional else annotation
    shape = _SPECIAL.get((kind, one.name)) or shape_of(bare, name)
    if one.default_factory is not MISSING:
        return Member(shape, one.default_factory(), required=False)
    left_out = None if one.default is MISSING else one.default
    return Member(shape, left_out, required=one.default is MISSING and not optional)


def shape_of(annotation: Any, name: str) -> Shape:
    """Return the shape of what is annotated so; `name` is for a choice that has none."""
    if (leaf := _LEAVES.get(annotation)) is not None:
        return leaf
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return leaves.one_of(args)
    if origin is tuple and get_origin(args[0]) is tuple:
        return Named(shape_of(get_args(args[0])[1], name))
    if origin is tuple:
        return Sequence(shape_of(args[0], name))
    if _is_union(annotation):
        return _UNIONS.get(frozenset(args)) or Choice(_alias(frozenset(args), name), args)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return leaves.one_of(tuple(str(one.value) for one in annotation), annotation)
    if isinstance(annotation, type) and is_dataclass(annotation):
        return Record(annotation)
    message = f"`{name}` has no JSON form"
    raise TypeError(message)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _alias(kinds: frozenset[type], name: str) -> str:
    """Return the name that the tree itself has for a choice of nodes."""
    named = vars(expressions) | vars(syntax)
    found = (k for k, v in named.items() if _is_union(v) and frozenset(get_args(v)) == kinds)
    return f"any_{snake(next(found, name))}"


_JSON: Final = leaves.AnyJson()
_LEAVES: Final[dict[Any, Shape]] = {
    str: leaves.TEXT,
    bool: leaves.TRUTH,
    int: leaves.WHOLE,
    timedelta: leaves.DURATION,
    date: leaves.DAY,
    datetime: leaves.MOMENT,
    Any: _JSON,
    syntax.Path: leaves.PATH,
    syntax.ToolPattern: leaves.TOOL,
}
_UNIONS: Final[dict[frozenset[type], Shape]] = {
    frozenset((str, int)): leaves.STEP,
    frozenset((int, Decimal)): leaves.NUMBER,
}
# A table holds constants, where a test holds any value.
_SPECIAL: Final[dict[tuple[type, str], Shape]] = {
    (syntax.Row, "key"): Sequence(leaves.SCALAR),
    (syntax.Row, "value"): leaves.SCALAR,
}
_WRITTEN_PATH: Final = {
    "description": "A named value and a place in it.",
    "type": "object",
    "required": ["path"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several nodes, told apart by their tag; plain values and paths need none."""

    name: str
    kinds: tuple[type, ...]

    def records(self) -> list[Record]:
        """Return the nodes that are told by a tag."""
        special = (syntax.Constant, syntax.Path)
        return [Record(kind, tagged=True) for kind in self.kinds if kind not in special]

    def write(self, value: Any) -> Any:
        """Return the node."""
        if isinstance(value, syntax.Constant):
            return constants.write(value.value)
        if isinstance(value, syntax.Path):
            return {"path": str(value)}
        return Record(type(value), tagged=True).write(value)

    def read(self, given: Any, path: str) -> Any:
        """Return the node."""
        if syntax.Constant in self.kinds and not isinstance(given, dict | list):
            return syntax.Constant(leaves.SCALAR.read(given, path))
        found, tags = members_of(given, path), _readers(self)
        if syntax.Path in self.kinds and TAG not in found and "path" in found:
            refuse_others(found, {"path"}, path)
            return leaves.PATH.read(found["path"], path + "/path")
        if TAG not in found:
            raise InvalidJson(f"the member `{TAG}` is missing", path)
        tag = found[TAG]
        if not isinstance(tag, str) or tag not in tags:
            raise InvalidJson(_unknown(tag, tags), path + pointer(TAG))
        return tags[tag](found, path)

    def schema(self, defs: Definitions) -> dict[str, Any]:
        """Return a reference to the schema."""
        if self not in defs:
            defs[self] = {}  # stands there already, for what refers to itself
            defs[self] = self._described(defs)
        return reference(self.name)

    def _described(self, defs: Definitions) -> dict[str, Any]:
        """Say which tag has which form; `anyOf` would try them all, level by level."""
        forms = {record.name: record.schema(defs) for record in self.records()}
        if syntax.Constant in self.kinds:
            forms |= {tag: constants.schema(tag) for tag in constants.FORMS}
        cases = [
            {"if": {"properties": {TAG: {"const": tag}}}, "then": form}
            for tag, form in forms.items()
        ]
        told = {"required": [TAG], "properties": {TAG: {"enum": list(forms)}}, "allOf": cases}
        form: dict[str, Any] = {"type": "object", **told}
        if syntax.Path in self.kinds:
            place = _WRITTEN_PATH | {"properties": {"path": leaves.PATH.schema(defs)}}
            form = {"if": {"required": [TAG]}, "then": told, "else": place}
        if syntax.Constant in self.kinds:
            form = {"if": {"type": "object"}, "then": form, "else": leaves.SCALAR.schema(defs)}
        return form


def _unknown(tag: Any, tags: Mapping[str, Any]) -> str:
    if not isinstance(tag, str):
        return "a text belongs here"
    shown = printable(tag[:80])
    return f"nothing called `{shown}` belongs here{hint_of(near(shown, tags))}"


@cache
def _readers(choice: "Choice") -> dict[str, Callable[[dict[str, Any], str], Any]]:
    """Return the reader of each tag."""
    readers: dict[str, Callable[[dict[str, Any], str], Any]] = {
        record.name: record.read for record in choice.records()
    }
    if syntax.Constant in choice.kinds:
        readers |= dict.fromkeys(constants.FORMS, constants.read)
    return readers
