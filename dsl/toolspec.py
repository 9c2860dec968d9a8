"""The tools a policy speaks of: names, descriptions and the schemas calls are checked against."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from dsl import selectors, strictjson
from dsl.errors import DrawbarError, Source
from dsl.model import NOTHING, ToolCall

MAX_SCHEMA_DEPTH: Final = 32
# The operator's own file, read at load: as many tools as a server may offer, not one message.
MAX_LEAVES: Final = 500_000
_WHOLE_ENTRY: Final = re.compile(r"#|#/(?:\$defs|definitions)/[^/]+")
_OTHER_NAMES: Final = (
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
)
# All else that a tools file says of a tool, as its risk, may choose the tools of a rule; but not
# what a tool server says there of itself, but for its `annotations`, which are told apart.
_NOT_METADATA: Final = (
    *("name", "title", "description", "icons", "_meta", "execution"),
    *("inputSchema", "input_schema", "outputSchema"),
)
_CLOSERS: Final = ("additionalProperties", "unevaluatedProperties")
_NAMED: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_IN_PLACE: Final = ("allOf", "anyOf", "oneOf", "if", "then", "else")
# Left as they are: values, and tests whose failing may let a call through.
_UNTOUCHED: Final = ("enum", "const", "default", "examples", "if", "not", "contains")


class ToolsError(DrawbarError):
    """A tools file that cannot be used."""


@dataclass(frozen=True, slots=True)
class BadArgument:
    """Why a call does not fit its tool's schema; `path` is a JSON pointer into the arguments."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as `tools/list` gives it."""

    name: str
    schema: Mapping[str, Any]
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    _validators: tuple[Any, ...] = field(repr=False, compare=False, default=())

    def fault(self, args: Mapping[str, Any]) -> BadArgument | None:
        """Return the first thing wrong with the arguments, or None."""
        for validator in self._validators:
            for error in validator.iter_errors(dict(args)):
                return _bad_argument(error)
        return None

    def arguments(self) -> Mapping[str, Any]:
        """Return the declared arguments with their schemas."""
        properties = self.schema.get("properties", {})
        return properties if isinstance(properties, dict) else {}

    @property
    def closed(self) -> bool:
        """Tell whether the listed arguments are all there are."""
        opened = any(self.schema.get(key) is not False for key in _CLOSERS if key in self.schema)
        in_place = any(key in self.schema for key in (*_IN_PLACE, "$ref", "patternProperties"))
        return "properties" in self.schema and not opened and not in_place


@dataclass(frozen=True)
class Tools:
    """The tools of one tools file, by name."""

    by_name: Mapping[str, Tool]
    # Tools whose schema cannot be used, and why: no call of them is valid.
    hidden: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    # What was found out about rules on these tools, kept for as long as the tools are.
    notes: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)

    def find(self, call: ToolCall) -> Tool | None:
        """Return the tool a call is for: by its qualified name, else by its plain name."""
        for name in (call.qualified, call.tool):
            if name in self.by_name:
                return self.by_name[name]
            if name in self.hidden:
                return None
        return None

    def why_hidden(self, call: ToolCall) -> str | None:
        """Return why the tool a call is for cannot be used, if it is declared."""
        if self.find(call) is not None:
            return None
        return self.hidden.get(call.qualified, self.hidden.get(call.tool))

    def named(self, pattern: str) -> Iterator[Tool]:
        """Yield the tools whose schemas count for the calls that a name or glob takes in."""
        server, _, plain = pattern.rpartition("/")
        if "*" in pattern:
            for name, tool in self.by_name.items():
                hidden = f"{server}/{name}" in self.by_name  # this answers for that server's calls
                if may_be(pattern, name) and not hidden:
                    yield tool
        elif server:
            found = self.by_name.get(pattern) or self.by_name.get(plain)
            yield from (found,) if found else ()
        else:
            yield from self._on_any_server.get(plain, ())

    @cached_property
    def _on_any_server(self) -> Mapping[str, list[Tool]]:
        found = defaultdict[str, list[Tool]](list)
        for name, tool in self.by_name.items():
            found[name.rpartition("/")[2]].append(tool)
        return found


def may_be(pattern: str, name: str) -> bool:
    """Tell whether a glob takes in a declared tool; declared without a server, it is on each."""
    server, slash, tool = name.rpartition("/")
    return selectors.names(pattern if slash else pattern.rpartition("/")[2], server or None, tool)


@lru_cache(maxsize=16)
def read(source: Source) -> Tools:
    """Read a tools file: a list of tools, or an object with `tools`, as MCP gives it.

    The same file read again gives the same tools, and all that is known of them.
    """
    try:
        tree = strictjson.read(source.text, MAX_LEAVES)
    except strictjson.InvalidJson as error:
        raise ToolsError(f"{source.name}: {error}") from error
    entries = tree.get("tools") if isinstance(tree, dict) else tree
    if not isinstance(entries, list):
        raise ToolsError(f"{source.name}: a list of tools is expected")
    tools: dict[str, Tool] = {}
    hidden: dict[str, str] = {}
    for index, entry in enumerate(entries):
        name, schema = _declared(entry, f"{source.name}: tool {index + 1}")
        if name in tools or name in hidden:
            raise ToolsError(f"{source.name}: `{name}` is declared twice")
        try:
            tools[name] = _tool(entry, schema)
        except ToolsError as error:  # one tool's schema takes no other tool away
            hidden[name] = str(error)
    return Tools(tools, hidden)


def _declared(entry: Any, where: str) -> tuple[str, dict[str, Any]]:
    """Return a tool's name and schema."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise ToolsError(f"{where} has no name")
    schema = entry.get("inputSchema", entry.get("input_schema"))
    if not isinstance(schema, dict):
        raise ToolsError(f"{where} (`{entry['name']}`) has no `inputSchema`")
    return entry["name"], schema


def _tool(entry: dict[str, Any], schema: dict[str, Any]) -> Tool:
    import jsonschema_rs  # noqa: PLC0415 - 3 MiB that policies without a tools file do without

    try:
        # Both must hold, so that closing a schema can never let through what it refuses.
        validators = (_validator(_closed(schema, 0)), _validator(schema))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ToolsError(reason) from error
    metadata = {key: value for key, value in entry.items() if key not in _NOT_METADATA}
    return Tool(entry["name"], schema, str(entry.get("description", "")), metadata, validators)


def _validator(schema: Any) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - as above

    return jsonschema_rs.Draft202012Validator(
        schema,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
    )


def _closed(schema: Any, depth: int, *, in_place: bool = False) -> Any:
    """Close every object that lists its properties and does not open itself.

    An undeclared argument is one no rule looks at, so it may not slip through. A schema that
    applies in place (under `allOf`, say) describes the same object as the schema around it,
    so only the outermost one is closed.
    """
    if depth > MAX_SCHEMA_DEPTH:
        raise ValueError(f"the schema is nested deeper than {MAX_SCHEMA_DEPTH} levels")
    if isinstance(schema, list):
        return [_closed(item, depth + 1, in_place=in_place) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if (keyword := _leads_elsewhere(schema, depth)) is not None:
        raise ValueError(f"`{keyword}` may only point to a whole entry of `$defs`")
    # Another `$schema` would make the validator read by the rules of another draft.
    members = {key: value for key, value in schema.items() if key != "$schema"}
    closed = {key: _closed_member(key, value, depth + 1) for key, value in members.items()}
    opens_itself = any(key in schema for key in _CLOSERS)
    if not in_place and not opens_itself and _lists_properties(schema):
        closed["unevaluatedProperties"] = False
    return closed


def _leads_elsewhere(schema: Mapping[str, Any], depth: int) -> str | None:
    """Name a reference whose target we might have left open, having closed it for another use."""
    if "$ref" in schema and not _WHOLE_ENTRY.fullmatch(str(schema["$ref"])):
        return "$ref"
    named = (key for key in _OTHER_NAMES if key in schema)
    return next(named, "$id" if "$id" in schema and depth > 0 else None)


def _closed_member(key: str, value: Any, depth: int) -> Any:
    if key in _UNTOUCHED:
        return value
    if key in _NAMED and isinstance(value, dict):
        in_place = key == "dependentSchemas"
        return {name: _closed(inner, depth, in_place=in_place) for name, inner in value.items()}
    return _closed(value, depth, in_place=key in _IN_PLACE)


def _lists_properties(schema: Any) -> bool:
    """Tell whether a schema, or one that applies in place with it, lists properties."""
    if isinstance(schema, list):
        return any(_lists_properties(item) for item in schema)
    if not isinstance(schema, dict):
        return False
    inner = (schema[key] for key in _IN_PLACE if key in schema)
    return isinstance(schema.get("properties"), dict) or any(map(_lists_properties, inner))


def _bad_argument(error: Any) -> BadArgument:
    path = "".join(strictjson.pointer(str(step)) for step in error.instance_path)
    kind = error.kind
    match kind.name:
        case "additionalProperties" | "unevaluatedProperties" | "falseSchema":
            extra = next(iter(getattr(kind, "unexpected", [])), None)
            if extra is not None:
                undeclared = path + strictjson.pointer(extra)
                return BadArgument(undeclared, "the tool declares no such argument")
        case "required":
            return BadArgument(path + strictjson.pointer(kind.property), "the argument is missing")
        case _:
            pass
    return BadArgument(path, f"the value breaks the tool's schema (`{kind.name}`)")
