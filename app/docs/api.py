"""The page of the HTTP API, written from its description and its examples."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.docs.table import table
from app.openapi.describing import operations
from app.openapi.examples import Example, curl, examples
from memory.keys import MEANING

Described = Mapping[str, Any]
_COMMANDS: Final = """## Trying it

Each route below has a command. They are a few stories, each in its order, and the tests run them as
they stand against gateways, with these keys:

```sh
export DRAWBAR_URL=http://127.0.0.1:8484
export DRAWBAR_KEY=drw_...  # check, observe, observe.user, assert.session, assert.context
export ADMIN_KEY=drw_...    # admin, approve, audit, policy:read, policy:write, policy:publish
export SECOND_KEY=drw_...   # of another person: policy:read, policy:publish
export SIDECAR_KEY=drw_...  # bundle:read, records:write
```

Drafts and publications are shown at a gateway with `policy_source = "store"`, and what takes a
second person at one with `four_eyes = true` too; bundles at one with a `bundle_key`. Ids and times
are another in each run.
"""


def page(schema: dict[str, Any]) -> str:
    """Describe every route and every shape."""
    scopes = [(f"`{scope}`", meaning) for scope, meaning in MEANING.items()]
    blocks = [
        "# HTTP API\n\n" + schema["info"]["description"] + "\n\n"
        "The same as a program reads it: [openapi.json](openapi.json).\n",
        "## Scopes\n\n" + table(("scope", "a key with it may"), scopes),
        _COMMANDS,
    ]
    for tag in schema["tags"]:
        blocks.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        blocks += _of_tag(schema, tag["name"])
    blocks.append("## Shapes\n")
    shapes = schema["components"]["schemas"]
    blocks += [_shape(name, shape) for name, shape in sorted(shapes.items())]
    return "\n".join(blocks)


def _of_tag(schema: dict[str, Any], tag: str) -> Iterator[str]:
    for path, method, route in operations(schema):
        if route["tags"][0] == tag:
            yield _route(f"{method.upper()} {path}", route)


def _route(title: str, route: Described) -> str:
    answers = [(status, answer["description"]) for status, answer in route["responses"].items()]
    said = f"{route['summary']}. {route.get('description', '')}".strip()
    parts = [f"### {title}\n\n{said}\n\n`{route['operationId']}` in generated clients.\n"]
    if rows := [_parameter(one) for one in route.get("parameters", ())]:
        parts.append(table(("parameter", "in", "type", "required", "meaning"), rows))
    parts += _examples(route["operationId"])
    parts.append(table(("status", "meaning"), answers))
    return "\n".join(parts)


def _parameter(one: Described) -> tuple[str, ...]:
    needed = "yes" if one.get("required") else ""
    return (
        f"`{one['name']}`",
        one["in"],
        _type(one["schema"]),
        needed,
        one.get("description", ""),
    )


def _examples(operation: str) -> Iterator[str]:
    """Yield the commands of an operation, and what the first of them was answered."""
    shown = [one for one in examples() if one.operation == operation]
    for one in shown:
        yield f"{one.says}:\n\n```sh\n{curl(one)}\n```\n"
        if one is shown[0]:
            yield _answer(one)


def _answer(one: Example) -> str:
    tag = f" and `ETag: {one.tag}`" if one.tag else ""
    if one.answer is None:
        return f"Answered with {one.status}{tag} and no words.\n"
    if isinstance(one.answer, str):
        return f"Answered with {one.status}{tag} and lines such as:\n\n```\n{one.answer}\n```\n"
    told = json.dumps(one.answer, indent=2, ensure_ascii=False)
    return f"Answered with {one.status}{tag}:\n\n```json\n{told}\n```\n"


def _shape(name: str, shape: Described) -> str:
    said = " ".join(shape.get("description", "").split())
    needed = shape.get("required", [])
    if "enum" in shape:
        return f"### {name}\n\n{said}\n\nOne of {', '.join(f'`{v}`' for v in shape['enum'])}.\n"
    rows = [
        (f"`{member}`", _type(form), "yes" if member in needed else "", form.get("description", ""))
        for member, form in shape.get("properties", {}).items()
    ]
    return f"### {name}\n\n{said}\n\n" + table(("member", "type", "required", "meaning"), rows)


def _type(form: Described) -> str:
    if "$ref" in form:
        return str(form["$ref"]).rpartition("/")[2]
    if "anyOf" in form:
        return " or ".join(_type(one) for one in form["anyOf"])
    if form.get("type") == "array":
        return f"array of {_type(form['items'])}"
    return str(form.get("const") or form.get("type", "any"))
