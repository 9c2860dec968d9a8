"""What a schema says of places in the arguments."""

import json
from typing import Any

import pytest

from dsl.errors import Source
from dsl.lint.schemas import joined, lacks, listed_at, schema_at, takes_null, unlisted
from dsl.toolspec import Tool, read

TEXT = {"type": "string"}
NULL = {"type": "null"}
ADDRESS = {"type": "object", "properties": {"city": TEXT, "zip": TEXT}, "required": ["city"]}
ROOT: dict[str, Any] = {
    "type": "object",
    "$defs": {"Address": ADDRESS, "Mode": {"enum": ["a", "b"]}, "Self": {"$ref": "#/$defs/Self"}},
    "properties": {
        "needed": TEXT,
        "optional": TEXT,
        "nullable": {"type": ["string", "null"]},
        "either": {"anyOf": [TEXT, NULL]},
        "address": {"$ref": "#/$defs/Address"},
        "second": {"anyOf": [{"$ref": "#/$defs/Address"}, NULL], "default": None},
        "mode": {"allOf": [{"$ref": "#/$defs/Mode"}], "description": "how"},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/Address"}},
        "pair": {"type": "array", "prefixItems": [ADDRESS]},
        "any_of_two": {"anyOf": [ADDRESS, {"properties": {"city": TEXT}}]},
        "endless": {"$ref": "#/$defs/Self"},
        "tied": {"properties": {"x": TEXT, "y": TEXT}, "dependentRequired": {"x": ["y"]}},
        "listed": {"enum": ["a", None]},
    },
}
ROOT["required"] = [name for name in ROOT["properties"] if name not in ("optional", "listed")]
TOOL = Tool("t", ROOT)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("needed",), []),
        (("optional",), [(("optional",), False)]),
        (("optional", "deeper"), [(("optional",), False)]),
        (("nullable",), [(("nullable",), True)]),
        (("either",), [(("either",), True)]),
        (("address", "city"), []),
        (("address", "zip"), [(("address", "zip"), False)]),
        (("second", "zip"), [(("second",), True), (("second", "zip"), False)]),
        (("stops", "*", "zip"), [(("stops", "*", "zip"), False)]),
        (("stops", 0, "zip"), [(("stops", 0, "zip"), False)]),
        (("pair", "*", "zip"), []),
        (("any_of_two", "zip"), []),
        (("endless", "zip"), []),
        (("tied", "y"), []),
        (("listed",), [(("listed",), False)]),
        (("undeclared",), []),
    ],
)
def test_what_a_call_may_lack(steps: tuple[str | int, ...], expected: list[Any]) -> None:
    """Every part of a place that need not be there is told, and none that may have to be."""
    assert [(one.place, one.null) for one in lacks(TOOL, steps)] == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (NULL, True),
        ({"type": ["string", "null"]}, True),
        ({"type": ["string", "null"], "enum": ["a"]}, False),
        ({"enum": ["a", None]}, True),
        ({"const": None}, True),
        ({"anyOf": [TEXT, NULL]}, True),
        ({"oneOf": [NULL, {"enum": [None]}]}, False),
        ({"allOf": [{"type": ["string", "null"]}, TEXT]}, False),
        ({"anyOf": [TEXT, NULL], "type": "string"}, False),
        ({"type": ["string", "null"], "not": NULL}, False),
        ({"$ref": "#/$defs/Mode"}, False),
        ({"$ref": "#/$defs/Self"}, False),
        ({}, False),
    ],
)
def test_null_is_taken_where_it_is_said_and_valid(schema: Any, *, expected: bool) -> None:
    """What is said to take null takes it; a schema that does not speak of null says nothing."""
    assert takes_null(schema, ROOT) is expected
    if expected:
        whole = {"properties": {"x": schema}, "required": ["x"], "$defs": ROOT["$defs"]}
        listed = [{"name": "t", "inputSchema": whole}]
        tool = read(Source("t.json", json.dumps(listed))).by_name["t"]
        assert tool.fault({"x": None}) is None


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("needed",), TEXT),
        (("either",), TEXT),
        (("mode",), {"enum": ["a", "b"], "description": "how"}),
        (("second", "city"), TEXT),
        (("stops", "*", "city"), TEXT),
        (("pair", "*", "city"), {}),
        (("needed", "deeper"), {}),
        (("endless",), {}),
    ],
)
def test_the_schema_of_a_place_is_found(steps: tuple[str | int, ...], expected: Any) -> None:
    """References and choices beside null are followed; where several are left, nothing is said."""
    assert schema_at(TOOL, steps) == expected


def test_what_holds_together_adds_up() -> None:
    """Properties and required arguments of all parts count."""
    found = joined({"allOf": [ADDRESS], "properties": {"x": TEXT}, "required": ["x"]}, ROOT)

    assert set(found["properties"]) == {"city", "zip", "x"}
    assert set(found["required"]) == {"city", "x"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("neded",), ("neded", 0)),
        (("address", "cty"), ("cty", 1)),
        (("second", "cty"), ("cty", 1)),
        (("stops", "*", "cty"), ("cty", 2)),
        (("stops", 0, "cty"), ("cty", 2)),
        (("address", "city"), None),
        (("nullable", "x"), None),
        (("pair", 0, "cty"), None),
        (("any_of_two", "cty"), None),
        (("endless", "x"), None),
        (("mode", "x"), None),
    ],
)
def test_what_no_call_can_have_is_told(
    steps: tuple[str | int, ...], expected: tuple[str, int] | None
) -> None:
    """The first name that a closed object does not list; nothing where more may be let through."""
    found = unlisted(TOOL, steps)

    assert (found and (found.name, found.at)) == expected


@pytest.mark.parametrize("key", ["additionalProperties", "patternProperties", "if", "anyOf"])
def test_an_object_that_may_have_more_lacks_nothing(key: str) -> None:
    """What opens an object, or may list more elsewhere, makes no name unknown."""
    value = [{"properties": {"y": {}}}, {"properties": {"z": {}}}] if key == "anyOf" else {"y": {}}
    tool = Tool("t", {"properties": {"x": {"properties": {"a": TEXT}, key: value}}})

    assert unlisted(tool, ("x", "b")) is None
    assert unlisted(Tool("t", {"properties": {"x": {"properties": {"a": TEXT}}}}), ("x", "b"))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"enum": ["a", None]}, ["a"]),
        ({"const": 1}, [1]),
        ({"$ref": "#/$defs/Mode"}, ["a", "b"]),
        ({"anyOf": [{"const": "a"}, {"enum": ["b"]}, NULL]}, ["a", "b"]),
        ({"anyOf": [{"const": "a"}, TEXT]}, []),
        (TEXT, []),
    ],
)
def test_listed_values_are_found(schema: Any, expected: list[Any]) -> None:
    """All values that there can be, or none where any may be."""
    tool = Tool("t", {"properties": {"x": schema}, "$defs": ROOT["$defs"]})

    assert listed_at(tool, ("x",)) == expected
