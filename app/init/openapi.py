"""Reads an OpenAPI 3 document: each operation becomes a tool.

Its arguments are the parameters in path and query, the headers that it wants, and the members of
its JSON body, or `body` whole where that is no object or a name stands twice.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from app.init.offered import Catalogue, Offered
from app.init.openapi_schemas import Schemas, Unreadable
from app.init.tools_list import read_tree
from dsl.errors import DrawbarError, printable

# What a method is called where an operation has no name.
VERBS: Final = {
    "get": "get",
    "head": "get",
    "post": "create",
    "put": "replace",
    "patch": "update",
    "delete": "delete",
}
_READING: Final = ("get", "head")
_HIDDEN: Final = ("authorization", "accept", "content-type")  # the client's own business
_LONGEST: Final = 64
_JSON: Final = re.compile(
    r"application/(?:[\w.+-]+\+)?json|\*/\*|application/x-www-form-urlencoded"
)


def read(path: Path) -> Catalogue:
    """Return the operations of an API as tools."""
    tree = read_tree(path)
    version = tree.get("openapi") if isinstance(tree, dict) else None
    if not str(version).startswith("3."):
        raise DrawbarError(f"`{path}` is no OpenAPI 3 document")
    schemas = Schemas(tree)
    told: list[str] = []
    tools: list[Offered] = []
    for where, operation in _operations(tree, schemas):
        try:
            tools.append(Offered(_tool(*where, operation, schemas)))
        except Unreadable as error:
            told.append(f"{where[0].upper()} {printable(where[1])[:80]}: left out: {error}")
    info = tree.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    name = title if isinstance(title, str) and re.search(r"[A-Za-z]", title) else path.stem
    return Catalogue(name, f"the API in {path.name}", tuple(tools), untold=tuple(told))


def _operations(
    tree: Mapping[str, Any], schemas: Schemas
) -> Iterator[tuple[tuple[str, str, list[Any]], Mapping[str, Any]]]:
    """Yield each operation with its method, its path, and the parameters of the path."""
    paths = tree.get("paths")
    for route, written in paths.items() if isinstance(paths, dict) else ():
        item = schemas.followed(written)
        shared = item.get("parameters")
        for method in VERBS:
            operation = item.get(method)
            if isinstance(operation, dict):
                yield (method, str(route), shared if isinstance(shared, list) else []), operation


def _tool(
    method: str, route: str, shared: list[Any], operation: Mapping[str, Any], schemas: Schemas
) -> dict[str, Any]:
    local = schemas.fresh()
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    own = operation.get("parameters")
    for name, said, required in _parameters(
        [*shared, *(own if isinstance(own, list) else [])], local
    ):
        schema["properties"][name] = said
        schema["required"] += [name] if required else []
    _add_body(operation.get("requestBody"), schema, local)
    schema["required"] = list(dict.fromkeys(schema["required"]))
    schema |= {"$defs": local.entries} if local.entries else {}
    words = operation.get("summary") or operation.get("description")
    made = {"name": _name(method, route, operation), "inputSchema": schema}
    if isinstance(words, str):
        made["description"] = words
    if method not in _READING:
        made["annotations"] = {"readOnlyHint": False, "destructiveHint": method == "delete"}
    return made


def _name(method: str, route: str, operation: Mapping[str, Any]) -> str:
    told = operation.get("operationId")
    if isinstance(told, str) and told:
        return re.sub(r"[^A-Za-z0-9_.-]+", "_", told)[:_LONGEST]
    return f"{VERBS[method]}_{re.sub(r'[^A-Za-z0-9]+', '_', route).strip('_')}"[:_LONGEST]


def _parameters(listed: list[Any], schemas: Schemas) -> Iterator[tuple[str, Any, bool]]:
    """Yield what is given in path, query and headers; an operation's own goes before the path's."""
    found: dict[tuple[str, str], tuple[Any, bool]] = {}
    for one in listed:
        said = schemas.followed(one)
        name, place = said.get("name"), said.get("in")
        if not isinstance(name, str) or place not in ("path", "query", "header"):
            continue
        required = said.get("required") is True or place == "path"
        if place == "header" and (not required or name.lower() in _HIDDEN):
            continue
        found[name, place] = (schemas.converted(_schema_of(said)), required)
    names = [name for name, _ in found]
    for (name, place), (schema, required) in found.items():
        yield (f"{place}_{name}" if names.count(name) > 1 else name), schema, required


def _schema_of(said: Mapping[str, Any]) -> Any:
    """Return a parameter's schema, which may stand in its content."""
    content = said.get("content")
    inner = next(iter(content.values()), None) if isinstance(content, dict) else None
    return inner.get("schema", {}) if isinstance(inner, dict) else said.get("schema", {})


def _add_body(written: Any, schema: dict[str, Any], schemas: Schemas) -> None:
    """Add the members of a body to the arguments."""
    body = schemas.followed(written)
    content = body.get("content")
    if not isinstance(content, dict) or not content:
        return
    fit = [one for kind, one in content.items() if _JSON.match(str(kind)) and isinstance(one, dict)]
    if not fit:
        raise Unreadable("its body is no JSON")
    said = schemas.opened(fit[0].get("schema", {}))
    wanted = body.get("required") is True
    members = said.get("properties", {})
    flat = said.get("type") == "object" and members and not set(members) & set(schema["properties"])
    if flat and said.get("additionalProperties", False) is False and not _tied(said):
        schema["properties"] |= members
        schema["required"] += said.get("required", []) if wanted else []
        return
    schema["properties"]["body"] = said
    schema["required"] += ["body"] if wanted else []


def _tied(said: Mapping[str, Any]) -> bool:
    """Tell whether a body says more of its members together than which are required."""
    return any(key in said for key in ("allOf", "anyOf", "oneOf", "not", "minProperties"))
