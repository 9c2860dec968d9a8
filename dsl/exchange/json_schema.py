"""The published JSON Schema of a policy's JSON form, derived from the same shapes that read it."""

from functools import cache
from typing import Any, Final, get_args

import jsonschema_rs

from dsl import syntax
from dsl.exchange.json_lists import Definitions
from dsl.exchange.json_shapes import Choice, Record

FORM: Final = 1  # the version of the form, written as `"drawbar": 1`
HEADER: Final = Record(syntax.Header)
STATEMENT: Final = Choice(
    "any_statement",
    tuple(kind for kind in get_args(syntax.Statement) if kind is not syntax.Header),
)


def schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12)."""
    defs: Definitions = {}
    statement = STATEMENT.schema(defs)
    header = HEADER.described({})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **header,
        "title": "A policy of Drawbar",
        "description": "A policy or overlay as JSON; every node is an object, told by its `is`.",
        "required": ["drawbar", *header["required"], "statements"],
        "properties": {
            "drawbar": {"const": FORM},
            **header["properties"],
            "statements": {"type": "array", "items": statement},
        },
        "$defs": _named(defs),
    }


def _named(defs: Definitions) -> dict[str, Any]:
    """Return the definitions by name; two of one name would each describe the other's values."""
    named = {shape.name: form for shape, form in defs.items()}
    if len(named) < len(defs):
        message = "two definitions have one name"
        raise TypeError(message)
    return dict(sorted(named.items()))


@cache
def validator() -> Any:
    """Return the validator of the schema, made once a process."""
    return jsonschema_rs.Draft202012Validator(schema(), offline=True)
