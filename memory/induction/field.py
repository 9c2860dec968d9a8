"""The declared arguments of a tool as memory reads them: where each stands, and of what sort.

The JSON Schema says so; what it leaves open, the kind that policies declare, and last the name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dsl import syntax
from dsl.errors import Finding
from dsl.evaluation.scope import Names, kind_of
from dsl.lint.schemas import Schema, Steps, joined, lacks
from dsl.parse import statement
from dsl.state import Argument
from dsl.toolspec import Tool

_DEEPEST: Final = 3


class Sort(StrEnum):
    """What a value is, and so by which steps a condition on it widens."""

    CHOICE = "choice"
    TRUTH = "truth"
    ID = "id"
    NUMBER = "number"
    PATH = "path"
    HOST = "host"
    EMAIL = "email"
    URL = "url"
    COMMAND = "command"
    TEXT = "text"


# Values that name something: one that was seen nowhere was made up, or re-coded to evade matching.
IDENTIFIERS: Final = frozenset((Sort.ID, Sort.PATH, Sort.HOST, Sort.EMAIL, Sort.URL))
_KINDS: Final = {
    **dict.fromkeys(("id", "iban", "phone", "name"), Sort.ID),
    **dict.fromkeys(("number", "money"), Sort.NUMBER),
    **{name: Sort(name) for name in ("path", "host", "email", "url")},
    **dict.fromkeys(("text", "date", "time"), Sort.TEXT),
}
_FORMATS: Final = {
    **dict.fromkeys(("email", "idn-email"), Sort.EMAIL),
    **dict.fromkeys(("uri", "url", "iri"), Sort.URL),
    **dict.fromkeys(("hostname", "idn-hostname"), Sort.HOST),
    **dict.fromkeys(("uuid", "iban", "phone"), Sort.ID),
    **dict.fromkeys(("date", "date-time", "time"), Sort.TEXT),
}
_TYPES: Final = {"boolean": Sort.TRUTH, "integer": Sort.NUMBER, "number": Sort.NUMBER}
_NAMES: Final = (
    (Sort.COMMAND, frozenset(("command", "cmd", "shell"))),
    (Sort.PATH, frozenset(("path", "file", "filename", "filepath", "directory", "folder", "dir"))),
    (Sort.EMAIL, frozenset(("email", "mail", "cc", "bcc"))),
    (Sort.URL, frozenset(("url", "uri", "link", "endpoint", "webhook"))),
    (Sort.HOST, frozenset(("host", "hostname"))),
    (Sort.ID, frozenset(("id", "uuid", "key", "iban", "account", "recipient", "user", "channel"))),
)
_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One declared argument; `many`: a list of such values, `optional`: calls may lack it.

    `has_kind`: policies declare a kind, by which other spellings are the same value.
    """

    steps: Steps
    sort: Sort
    optional: bool = True
    many: bool = False
    has_kind: bool = False

    @property
    def path(self) -> syntax.Path:
        """Return it as a policy names it."""
        return syntax.Path("args", self.steps)

    @property
    def identifies(self) -> bool:
        """Tell whether its values name something."""
        return self.sort in IDENTIFIERS


def fields(tool: Tool, names: Names) -> tuple[Field, ...]:
    """Return the declared arguments of a tool that a condition can speak of, by their place."""
    found = _inside(tool, joined(tool.schema, tool.schema), (), names)
    return tuple(sorted((one for one in found if _can_be_written(one)), key=lambda f: str(f.path)))


def _inside(tool: Tool, schema: Schema, before: Steps, names: Names) -> Iterator[Field]:
    listed = schema.get("properties")
    if not isinstance(listed, Mapping) or len(before) >= _DEEPEST:
        return
    for name, said in listed.items():
        inner, steps = joined(said, tool.schema), (*before, name)
        if isinstance(inner.get("properties"), Mapping):
            yield from _inside(tool, inner, steps, names)
        else:
            yield from _field(tool, inner, steps, names)


def _field(tool: Tool, schema: Schema, steps: Steps, names: Names) -> Iterator[Field]:
    many = _type(schema) == "array" or isinstance(schema.get("items"), Mapping)
    element = joined(schema.get("items"), tool.schema) if many else schema
    if "properties" in element or "items" in element or (many and "prefixItems" in schema):
        return  # lists of objects and of lists are not looked into
    server, _, name = tool.name.rpartition("/")
    kind = kind_of(names.kinds, Argument(server or None, name, steps))
    sort = _sort(element, kind, str(steps[-1]))
    if sort is not None:
        yield Field(steps, sort, _optional(tool, steps), many, kind is not None)


def _sort(schema: Schema, kind: str | None, name: str) -> Sort | None:
    if isinstance(schema.get("enum"), list) or "const" in schema:
        return Sort.CHOICE
    told = _type(schema)
    if told in _TYPES:
        return _TYPES[told]
    if told not in ("string", None):
        return None
    if kind in _KINDS:
        return _KINDS[kind]
    return _FORMATS.get(str(schema.get("format"))) or _named(name)


def _named(name: str) -> Sort:
    """Read from its name what a text is: the last word says it."""
    words = [word.casefold() for word in _WORDS.findall(name)]
    last = words[-1] if words else ""
    singular = last if last.endswith("ss") or last == "cc" else last.removesuffix("s")
    return next((sort for sort, known in _NAMES if {last, singular} & known), Sort.TEXT)


def _type(schema: Schema) -> Any:
    told = schema.get("type")
    if isinstance(told, list):
        left = [one for one in told if one != "null"]
        return left[0] if len(left) == 1 else "several"
    return told


def _optional(tool: Tool, steps: Steps) -> bool:
    """Tell whether a call may lack it; where the schema is not plain, it may."""
    schema = joined(tool.schema, tool.schema)
    if any(lacks(tool, steps)):
        return True
    for step in steps:
        if step not in (schema.get("required") or ()):
            return True
        schema = joined(schema.get("properties", {}).get(step), tool.schema)
    return False


def _can_be_written(field: Field) -> bool:
    """Tell whether the language has words for this place: not each name of an argument is one."""
    return can_be_written(field.path)


def can_be_written(path: syntax.Path) -> bool:
    """Tell whether a path reads back as itself."""
    read = statement(f"rule r: ask t when present({path});")
    if isinstance(read, Finding) or not isinstance(read, syntax.Rule):
        return False
    return read.condition == syntax.Present(path)
