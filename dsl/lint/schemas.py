"""What a tool's schema says of places in its arguments, through `$ref` and choices beside null."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from dsl import syntax
from dsl.toolspec import Tool

Steps = tuple[str | int, ...]
Schema = Mapping[str, Any]
_NOTHING: Final[Schema] = {}
_CHOICES: Final = ("anyOf", "oneOf")
_JOINED: Final = ("$ref", "allOf", *_CHOICES)
_ENTRIES: Final = ("$defs", "definitions")
_DEEPEST: Final = 16  # an entry may refer to itself
# What makes the presence of one argument depend on others.
_TIED: Final = ("dependentRequired", "dependentSchemas", "dependencies", "minProperties")
# What may let through more than the listed arguments.
_OPENING: Final = (
    *("additionalProperties", "unevaluatedProperties", "patternProperties"),
    *("if", "then", "else", "dependentSchemas", "not"),
)
_UNCLEAR: Final = ("not", "if", *_TIED)


class Lack(NamedTuple):
    """A place that a call in order may leave out, or with `null` one in which null may stand."""

    place: Steps
    null: bool


class Unlisted(NamedTuple):
    """A name in a place that a closed schema does not list: where it stands, and what is listed."""

    name: str
    at: int
    inside: Steps
    known: tuple[str, ...]


def unlisted(tool: Tool, steps: Steps) -> Unlisted | None:
    """Return the first part of a place that no valid call can have."""
    schema = joined(tool.schema, tool.schema)
    for at, step in enumerate(steps):
        if step == syntax.EACH or isinstance(step, int):
            inner = None if "prefixItems" in schema else schema.get("items")
        else:
            listed = schema.get("properties")
            inner = listed.get(step) if isinstance(listed, dict) else None
            if inner is None:
                names = tuple(listed) if isinstance(listed, dict) else ()
                return Unlisted(str(step), at, steps[:at], names) if _closed(schema) else None
        schema = joined(inner, tool.schema)
    return None


def is_closed(tool: Tool) -> bool:
    """Tell whether a call can have no arguments but those that are listed."""
    return _closed(joined(tool.schema, tool.schema))


def _closed(schema: Schema) -> bool:
    """Tell whether the listed arguments are all there are."""
    opened = any(key in schema and schema[key] is not False for key in _OPENING)
    several = any(len(_beside_null(schema.get(key))) > 1 for key in _CHOICES)
    return "properties" in schema and not (opened or several)


def schema_at(tool: Tool, steps: Steps) -> Schema:
    """Return the schema of a place in a tool's arguments; an empty one where nothing is certain."""
    schema = joined(tool.schema, tool.schema)
    for step in steps:
        plain = isinstance(step, str) and step != syntax.EACH
        inner = schema.get("properties" if plain else "items")
        found = inner.get(step) if plain and isinstance(inner, dict) else inner
        if not isinstance(found, dict) or (not plain and "prefixItems" in schema):
            return _NOTHING
        schema = joined(found, tool.schema)
    return schema


def listed_at(tool: Tool, steps: Steps) -> list[Any]:
    """Return all values but null that a schema lists for a place; none where it lists none."""
    return _listed(schema_at(tool, steps), tool.schema)


def _listed(schema: Schema, root: Schema) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    if isinstance(values := schema.get("enum"), list):
        return [value for value in values if value is not None]
    for key in _CHOICES:
        each = [_listed(joined(one, root), root) for one in _beside_null(schema.get(key))]
        if each and all(each):
            return [value for values in each for value in values]
    return []


def joined(schema: Any, root: Schema, depth: int = 0) -> Schema:
    """Return in one all that holds for a value that is not null; its own words go first."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return _NOTHING
    if not any(key in schema for key in _JOINED):
        return schema
    made = {key: value for key, value in schema.items() if not _followed(key, value)}
    for part in _parts(schema, root):
        further = joined(part, root, depth + 1)
        made = {**further, **made, **_united(made, further)}
    return made


def _followed(key: str, value: Any) -> bool:
    """Tell whether all that a keyword says is taken in; several choices stay as they are."""
    return key in _JOINED and (key not in _CHOICES or len(_beside_null(value)) == 1)


def _united(one: Schema, other: Schema) -> dict[str, Any]:
    """Return what adds up where two schemas hold together."""
    added: dict[str, Any] = {}
    for key in ("properties", "required"):
        mine, theirs = one.get(key), other.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            added[key] = {**theirs, **mine}
        elif isinstance(mine, list) and isinstance(theirs, list):
            added[key] = [*mine, *theirs]
    return added


def _parts(schema: Schema, root: Schema) -> Iterator[Any]:
    """Yield what holds along with a schema: what it refers to, and its one choice beside null."""
    if "$ref" in schema:
        yield _referred(schema["$ref"], root)
    if isinstance(listed := schema.get("allOf"), list):
        yield from listed
    for key in _CHOICES:
        left = _beside_null(schema.get(key))
        if len(left) == 1:
            yield left[0]


def _beside_null(choices: Any) -> list[Any]:
    listed = choices if isinstance(choices, list) else []
    return [one for one in listed if not isinstance(one, dict) or one.get("type") != "null"]


def _referred(reference: Any, root: Schema) -> Any:
    if reference == "#":
        return root
    _, entries, name = [*str(reference).split("/", 2), "", ""][:3]
    listed = root.get(entries) if entries in _ENTRIES else None
    return listed.get(name) if isinstance(listed, dict) else None


def takes_null(schema: Any, root: Schema, depth: int = 0) -> bool:
    """Tell whether a schema says that null may stand there, and nothing in it forbids that."""
    if not isinstance(schema, dict) or depth > _DEEPEST or "not" in schema or "if" in schema:
        return False
    said: list[bool] = []
    if "type" in schema:
        said.append("null" in schema["type"] if isinstance(schema["type"], list) else False)
        said[-1] |= schema["type"] == "null"
    if "enum" in schema:
        said.append(isinstance(schema["enum"], list) and None in schema["enum"])
    if "const" in schema:
        said.append(schema["const"] is None)
    if "$ref" in schema:
        said.append(takes_null(_referred(schema["$ref"], root), root, depth + 1))
    for key in ("allOf", *_CHOICES):
        if isinstance(listed := schema.get(key), list):
            taking = sum(takes_null(one, root, depth + 1) for one in listed)
            wanted = {"allOf": len(listed), "anyOf": max(taking, 1), "oneOf": 1}[key]
            said.append(taking == wanted)
    return bool(said) and all(said)


def lacks(tool: Tool, steps: Steps) -> Iterator[Lack]:
    """Yield the parts of a place that a call in order may leave out, the outermost first."""
    schema = joined(tool.schema, tool.schema)
    for end, step in enumerate(steps, start=1):
        if step == syntax.EACH or isinstance(step, int):
            inner = None if "prefixItems" in schema else schema.get("items")
        else:
            listed = schema.get("properties")
            inner = listed.get(step) if isinstance(listed, dict) else None
            if inner is None:
                return
            if not _required(schema, str(step)) and not _unclear(schema):
                yield Lack(steps[:end], null=False)
            elif takes_null(inner, tool.schema):
                yield Lack(steps[:end], null=True)
        schema = joined(inner, tool.schema)


def _required(schema: Schema, name: str) -> bool:
    listed = schema.get("required", ())
    return not isinstance(listed, list | tuple) or name in listed


def _unclear(schema: Schema) -> bool:
    """Tell whether something may demand an argument that is not listed as required."""
    several = any(len(_beside_null(schema.get(key))) > 1 for key in _CHOICES)
    return several or any(word in schema for word in _UNCLEAR)
