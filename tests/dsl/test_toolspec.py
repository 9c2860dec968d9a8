"""Tools files, and the schemas that calls are checked against before any rule."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import strictjson, toolspec
from dsl.errors import Source
from dsl.interpret import Bound, evaluate
from dsl.model import Effect, ReasonCode, ToolCall
from dsl.toolspec import Tool, ToolsError
from tests.dsl import drawing
from tests.dsl.making import NOW, call, decide, policy

TEXT = {"type": "string"}
UNDECLARED = "the tool declares no such argument"


def tool(schema: dict[str, Any]) -> Tool:
    listed = [{"name": "send", "inputSchema": schema}]
    return toolspec.read(Source("t.json", json.dumps(listed))).by_name["send"]


def bad(schema: dict[str, Any], args: str) -> tuple[str, str] | None:
    """Return path and message of what is wrong with arguments written as JSON."""
    fault = tool(schema).fault(strictjson.read(args))
    return (fault.path, fault.message) if fault else None


CORPUS = Path(__file__).parents[1] / "corpus" / "tools" / "closed.json"


@pytest.mark.parametrize(
    "case", json.loads(CORPUS.read_text("utf-8")), ids=lambda c: str(c["name"])
)
def test_an_undeclared_argument_is_refused(case: dict[str, Any]) -> None:
    """An object that lists its properties is closed, wherever and however it is written."""
    assert bad(case["schema"], json.dumps(case["good"])) is None
    assert bad(case["schema"], json.dumps(case["evil"])) == (case["path"], UNDECLARED)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"properties": {}, "additionalProperties": True},
        {"properties": {}, "additionalProperties": {"type": "integer"}},
        {"properties": {}, "unevaluatedProperties": True},
        {"allOf": [{"properties": {}, "additionalProperties": True}]},
        {"type": "object", "not": {"required": ["z"], "properties": {"z": TEXT}}},
        {"patternProperties": {"": {}}},
    ],
)
def test_what_opens_itself_stays_open(schema: dict[str, Any]) -> None:
    """An object without `properties`, or one that says it is open, takes any argument."""
    assert bad(schema, '{"b":1}') is None


def test_closing_never_weakens_a_test() -> None:
    """Under `not`, `if` and `contains` nothing is closed: their failing lets calls through."""
    forced = {"properties": {"o": {"properties": {"f": {"const": True}}, "required": ["f"]}}}
    forced["required"] = ["o"]  # type: ignore[assignment]  # a schema holds anything
    open_o = {"properties": {"o": {"type": "object"}, "k": {}}}
    once = {"contains": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "maxContains": 1}

    assert bad({**open_o, "not": forced}, '{"o":{"f":false}}') is None
    assert bad({**open_o, "not": forced}, '{"o":{"f":true,"extra":1}}') is not None
    assert bad({**open_o, "if": forced, "then": {"required": ["k"]}}, '{"o":{"f":true,"e":1}}') == (
        "/k",
        "the argument is missing",
    )
    named = {"$defs": {"A": forced["properties"]["o"]}}
    referring = {"properties": {"o": {"$ref": "#/$defs/A"}}, "required": ["o"]}
    assert bad({**open_o, **named, "not": referring}, '{"o":{"f":true,"extra":1}}') is not None
    otherwise = {**open_o, "if": forced, "else": {"required": ["k"]}}
    assert bad(otherwise, '{"o":{"f":true,"extra":1}}') is None
    assert bad({"properties": {"l": once}}, '{"l":[{"a":1,"extra":1}]}') is None
    assert bad({"properties": {"l": once}}, '{"l":[{"a":1},{"a":1,"extra":1}]}') is not None


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": "number", "maximum": 100}, "100.0", True),
        ({"type": "number", "maximum": 100}, "100.0000000000000000000000001", False),
        ({"type": "integer", "maximum": 9007199254740992}, "9007199254740992", True),
        ({"type": "integer", "maximum": 9007199254740992}, "9007199254740993", False),
        ({"type": "integer"}, "1.0", True),
        ({"type": "integer"}, "1.5", False),
        ({"type": "integer"}, "true", False),
        ({"type": "number"}, '"1"', False),
        ({"type": "number", "minimum": 0}, "-1e60", False),
        ({"type": "number", "exclusiveMaximum": 0.5}, "0.49999999999999999999999999", True),
        ({"enum": [1, "x"]}, "true", False),
        ({"enum": [1, "x"]}, "1.0", True),
        ({"const": False}, "0", False),
        ({"type": "string", "maxLength": 1}, '"😀"', True),
        (True, "1", True),
        (False, "1", False),
    ],
)
def test_values_are_compared_exactly(schema: Any, value: str, fits: object) -> None:
    """Numbers are exact, truth values are no numbers, boolean schemas are schemas."""
    assert fits is (bad({"properties": {"a": schema}}, f'{{"a":{value}}}') is None)


def test_the_first_fault_has_its_path() -> None:
    """What is missing and what does not fit are named by a JSON pointer."""
    schema = {"properties": {"to": TEXT, "l": {"items": TEXT}}, "required": ["to"]}

    assert bad(schema, "{}") == ("/to", "the argument is missing")
    assert bad(schema, '{"to":1}') == ("/to", "the value breaks the tool's schema (`type`)")
    assert bad(schema, '{"to":"","l":["",1]}') == (
        "/l/1",
        "the value breaks the tool's schema (`type`)",
    )


@pytest.mark.parametrize("length", [26, 20_000])
def test_schema_patterns_are_linear(length: int) -> None:
    """A pattern that would take others for ever is decided at once, and rightly."""
    schema = {"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}
    one = tool(schema)
    began = time.process_time()

    assert one.fault({"a": "a" * length}) is None
    assert one.fault({"a": "a" * length + "b"}) is not None
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "(?=a)b"}}},
        {"properties": {"a": {"pattern": r"(a)\1"}}},
        {"properties": {"a": {"pattern": r"(\w{1000}){1000}"}}},
        {"patternProperties": {"(?!a)": {}}},
        {"properties": {"a": {"$ref": "http://example.com/x.json"}}},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"properties": {"a": {"$ref": "other.json"}}},
        {"allOf": [{"properties": {"a": {}}}], "properties": {"b": {"$ref": "#/allOf/0"}}},
        {"$defs": {"A": {"$anchor": "n", "properties": {"x": {}}}}, "$ref": "#n"},
        {"$dynamicRef": "#n", "$defs": {"A": {"$dynamicAnchor": "n", "properties": {"x": {}}}}},
        {"properties": {"o": {"$id": "http://x/y", "properties": {"x": {}}}}},
        {"properties": {"a": {"$ref": "#/$defs/none"}}},
        {"properties": {"a": {"type": "text"}}},
        {"properties": {"a": {"items": [TEXT]}}},
        {"properties": {"a": {"minimum": 1, "exclusiveMinimum": True}}},
        {"properties": []},
        {"properties": {"a": 1}},
        {"additionalProperties": None},
    ],
)
def test_a_schema_that_cannot_be_bounded_hides_its_tool_alone(schema: dict[str, Any]) -> None:
    """Look-around, foreign documents, other drafts and nonsense: no call of that tool is valid."""
    assert hidden(schema)
    listed = [{"name": "send", "inputSchema": schema}, {"name": "read", "inputSchema": {}}]
    tools = toolspec.read(Source("t.json", json.dumps(listed)))

    assert list(tools.by_name) == ["read"]
    assert tools.find(ToolCall("c", "send", {})) is None


def hidden(schema: dict[str, Any]) -> str | None:
    """Return why the tool is hidden."""
    listed = [{"name": "send", "inputSchema": schema}]
    tools = toolspec.read(Source("t.json", json.dumps(listed)))
    return tools.why_hidden(ToolCall("c", "send", {}))


@pytest.mark.parametrize("kind", ["policy", "overlay"])
def test_a_call_of_a_hidden_tool_is_denied_by_whoever_declares_it(kind: str) -> None:
    """Also an overlay that cannot check a call lets none through; other tools are not touched."""
    listed = [
        {"name": "send", "inputSchema": {"properties": {"a": {"pattern": "(?=a)b"}}}},
        {"name": "read", "inputSchema": {}},
    ]
    tools = toolspec.read(Source("t.json", json.dumps(listed)))
    base = Bound(policy("policy b version 1; rule all: allow *;"))
    more = "rule all: allow *;" if kind == "policy" else ""
    bound = [base, Bound(policy(f"{kind} o version 1; {more}"), tools)]
    verdict = evaluate(bound, ToolCall("c", "send", {}), NOW)

    assert (verdict.effect, verdict.code) == (Effect.DENY, ReasonCode.INVALID_CALL)
    assert "the tool's schema cannot be used" in str(verdict.reasons[0].detail)
    assert evaluate(bound, ToolCall("c", "read", {}), NOW).effect is Effect.ALLOW


def test_a_hidden_tool_of_one_server_hides_no_other() -> None:
    """What is declared with its server stands before what is declared for all."""
    bad = {"properties": {"a": {"pattern": "(?=a)b"}}}
    listed = [{"name": "hub/send", "inputSchema": bad}, {"name": "send", "inputSchema": {}}]
    tools = toolspec.read(Source("t.json", json.dumps(listed)))

    assert tools.find(ToolCall("c", "send", {}, "hub")) is None
    assert tools.find(ToolCall("c", "send", {}, "other")) is not None


def test_a_deep_schema_is_refused() -> None:
    """Depth is bounded."""
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"not": {}, "items": deep}
    assert hidden(deep)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "{}",
        '{"tools": {}}',
        "[1]",
        "[{}]",
        '[{"name": 1, "inputSchema": {}}]',
        '[{"name": "a"}]',
        '[{"name": "a", "inputSchema": true}]',
        '[{"name": "a", "name": "b", "inputSchema": {}}]',
        '[{"name": "a", "inputSchema": {}}, {"name": "a", "inputSchema": {}}]',
        '[{"name": "a", "inputSchema": {"properties": {"x": {}, "x": {}}}}]',
        "[" * 10_000,
    ],
)
def test_a_tools_file_that_cannot_be_read_is_refused(text: str) -> None:
    """Each ends in one sentence that names the file."""
    with pytest.raises(ToolsError, match=r"t\.json"):
        toolspec.read(Source("t.json", text))


def test_a_file_may_list_as_many_tools_as_a_server_offers() -> None:
    """A tools file is no message: it may hold more values than one call."""
    schema = {"type": "object", "properties": dict.fromkeys("abcdefgh", TEXT)}
    listed = [{"name": f"tool_{number}", "inputSchema": schema} for number in range(600)]

    assert len(toolspec.read(Source("t.json", json.dumps(listed))).by_name) == 600


def test_both_forms_and_both_spellings_are_read() -> None:
    """A bare list or MCP's object; `inputSchema` or `input_schema`."""
    tools = toolspec.read(
        Source("t", '{"tools": [{"name": "a", "input_schema": {}, "description": "d", "x": 1}]}')
    )

    assert tools.by_name["a"].description == "d"


def test_a_tool_is_found_by_its_qualified_name_first() -> None:
    """`srv/send` is looked up before `send`; an unknown name is none."""
    listed = [{"name": "send", "inputSchema": {}}, {"name": "srv/send", "inputSchema": {}}]
    tools = toolspec.read(Source("t", json.dumps(listed)))

    names = [
        found.name if (found := tools.find(call("send", server=server))) else None
        for server in ("srv", "other", None)
    ]
    assert names == ["srv/send", "send", "send"]
    assert tools.find(call("Send")) is None


def test_the_schema_is_checked_before_any_rule() -> None:
    """No rule, however strong, allows a call that its tool does not take."""
    tools = toolspec.read(
        Source("t", json.dumps([{"name": "send", "inputSchema": {"properties": {"n": {}}}}]))
    )
    text = 'default allow because "x"; rule a: allow * priority 99;'

    assert decide(text, args={"n": Decimal(1)}, tools=tools).effect == "allow"
    assert (
        str((verdict := decide(text, args={"m": 1}, tools=tools)).effect),
        str(verdict.code),
    ) == ("deny", "invalid_call")


_kinds: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    ({}, TEXT, {"type": "number", "multipleOf": 0.5}, {"type": "array", "uniqueItems": True})
)
_schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _kinds,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(drawing.NAMES), inner, max_size=2),
            "items": inner,
            "not": inner,
            "if": inner,
            "then": inner,
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "additionalProperties": st.booleans(),
        },
    ),
    max_leaves=5,
)


@drawing.law(300)
@given(schema=_schemas, args=drawing.arguments)
def test_closing_only_narrows(schema: dict[str, Any], args: dict[str, Any]) -> None:
    """What the schema as it is written refuses is refused, and no call makes the check raise."""
    validator = jsonschema_rs.Draft202012Validator(schema)

    assert tool(schema).fault(args) is not None or validator.is_valid(args)
