"""Headers say what the body says, or the request goes no further."""

import base64
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import InboundLadderRejection, InboundModernRoute, encode_header_value
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY

from app.edges.mcp.headers import agreed, agreed_earlier

REVISION: Final = "2026-07-28"
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "amount": {"type": "integer", "x-mcp-header": "Amount"},
        "to": {"type": "object", "properties": {"id": {"type": "string", "x-mcp-header": "To"}}},
        "note": {"type": "string"},
    },
}
RIGHT: Final = (
    ("mcp-protocol-version", REVISION),
    ("mcp-method", "tools/call"),
    ("mcp-name", "bank__pay"),
)


def body(method: str = "tools/call", **params: Any) -> dict[str, Any]:
    meta = {PROTOCOL_VERSION_META_KEY: REVISION, CLIENT_CAPABILITIES_META_KEY: {}}
    named = {"name": "bank__pay"} if method == "tools/call" else {}
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "method": method,
        "params": {"_meta": meta, **named, **params},
    }


def code(
    *headers: tuple[str, str], said: dict[str, Any] | None = None, schema: Any = SCHEMA
) -> int | None:
    """Return the error that refuses, if there is one."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    found = agreed(raw, said or body(), {"bank__pay": schema}.get)
    return found.code if isinstance(found, InboundLadderRejection) else None


def test_what_agrees_is_taken() -> None:
    """Revision, method and name in the headers are those of the body."""
    raw = [(name.encode(), value.encode()) for name, value in RIGHT]
    found = agreed(raw, body(), {"bank__pay": SCHEMA}.get)

    assert isinstance(found, InboundModernRoute)
    assert found.protocol_version == REVISION


@pytest.mark.parametrize("name", [one for one, _ in RIGHT])
@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "tools/list",
        "bank__erase",
        "2025-11-25",
        " bank__pay",
        "BANK__PAY",
        "tools/call\xa0",
    ],
)
def test_a_header_that_is_missing_or_differs_refuses(name: str, value: str | None) -> None:
    """There is no header without which, or against which, a request is taken."""
    others = [one for one in RIGHT if one[0] != name]
    sent = others if value is None else [*others, (name, value)]

    assert code(*sent) == -32020


@pytest.mark.parametrize("name", [one for one, _ in RIGHT])
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_a_header_twice_refuses_also_where_both_are_right(name: str, spelling: Any) -> None:
    """Whoever reads the first and whoever reads the last must not disagree."""
    assert code(*RIGHT, (spelling(name), dict(RIGHT)[name])) == -32020


@pytest.mark.parametrize(
    "name", ["mcp_name", "Mcp_Method", "mcp_protocol-version", "mcp-param_region"]
)
def test_a_header_that_some_take_for_the_same_refuses(name: str) -> None:
    """Some servers behind proxies make no difference between `_` and `-`."""
    assert code(*RIGHT, (name, "bank__erase")) == -32020


def test_headers_are_known_in_any_case() -> None:
    """`MCP-NAME` is `mcp-name`; what it says is compared all the same."""
    assert code(*((name.upper(), value) for name, value in RIGHT)) is None
    assert code(*((name.upper(), "x") for name, value in RIGHT)) == -32020


def test_a_name_is_compared_decoded() -> None:
    """A name in base64 is the name it stands for, and no other; what does not decode is none."""
    others = RIGHT[:2]

    def encoded(text: str) -> tuple[str, str]:
        return "mcp-name", f"=?base64?{base64.b64encode(text.encode()).decode()}?="

    assert code(*others, encoded("bank__pay")) is None
    assert code(*others, encoded("bank__erase")) == -32020
    for broken in (
        "=?base64?####?=",
        "=?base64?YmFua19fcGF5",
        "=?BASE64?YmFua19fcGF5?=",
        "YmFua19fcGF5",
    ):
        assert code(*others, ("mcp-name", broken)) == -32020
    # The same bytes with spare bits at the end are another text.
    assert code(*others, ("mcp-name", "=?base64?YmFua19fcGF6?=")) == -32020


@given(name=st.text(min_size=1, max_size=40))
def test_every_name_agrees_with_itself_alone(name: str) -> None:
    """Whatever a tool is called, its encoded name is taken for it, and for no other."""
    said = body(name=name)
    header = ("mcp-name", encode_header_value(name))

    assert code(*RIGHT[:2], header, said=said) is None
    assert code(*RIGHT[:2], header, said=body(name=name + "x")) == -32020


@pytest.mark.parametrize("method", ["tools/list", "server/discover", "ping", "completion/complete"])
def test_a_name_for_what_has_none_refuses(method: str) -> None:
    """Where the body names nothing, a proxy that routes by the name was deceived."""
    head = (("mcp-protocol-version", REVISION), ("mcp-method", method))

    assert code(*head, said=body(method)) is None
    assert code(*head, ("mcp-name", "bank__pay"), said=body(method)) == -32020


def test_a_call_without_a_name_takes_none_from_a_header() -> None:
    """The body decides; a name that stands in the header alone is none."""
    said = body()
    del said["params"]["name"]

    assert code(*RIGHT, said=said) == -32020
    said["params"]["name"] = ["bank__pay"]
    assert code(*RIGHT, said=said) == -32020


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        ({"region": "eu"}, {"Region": "eu"}),
        ({"region": "Köln"}, {"Region": encode_header_value("Köln")}),
        ({"amount": 5}, {"Amount": "5"}),
        ({"amount": Decimal("5.0")}, {"Amount": "5"}),
        ({"amount": 10**30}, {"Amount": str(10**30)}),
        ({"to": {"id": "bob"}}, {"To": "bob"}),
        ({"note": "hello"}, {}),
        ({"region": None}, {}),
        ({}, {}),
    ],
)
def test_parameters_that_agree_are_taken(args: dict[str, Any], sent: dict[str, str]) -> None:
    """Each declared argument stands in its header, decoded and in the type it has."""
    more = [(f"mcp-param-{name}", value) for name, value in sent.items()]

    assert code(*RIGHT, *more, said=body(arguments=args)) is None


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        ({"region": "eu"}, ()),
        ({"region": "eu"}, (("Region", "us"),)),
        ({"region": "eu"}, (("Region", "EU"),)),
        ({"region": "eu"}, (("Region", "eu"), ("region", "eu"))),
        ({"region": "eu"}, (("Region", "eu"), ("REGION", "us"))),
        ({"region": "eu"}, (("Region", "=?base64?!!?="),)),
        ({}, (("Region", "eu"),)),
        ({"region": None}, (("Region", ""),)),
        ({"amount": 5}, (("Amount", "5.5"),)),
        ({"amount": 5}, (("Amount", "5e0"),)),
        ({"amount": 5}, (("Amount", "0x5"),)),
        ({"amount": True}, (("Amount", "1"),)),
        ({"to": {"id": "bob"}}, (("To", "eve"),)),
        ({"to": "bob"}, (("To", "bob"),)),
        ({"note": "hello"}, (("Note", "hello"),)),
        ({}, (("Unheard-Of", "x"),)),
        ({}, (("", "x"),)),
    ],
)
def test_parameters_that_differ_refuse(
    args: dict[str, Any], sent: tuple[tuple[str, str], ...]
) -> None:
    """Another value, none, two of them, or one that the tool does not declare."""
    more = [(f"mcp-param-{name}", value) for name, value in sent]

    assert code(*RIGHT, *more, said=body(arguments=args)) == -32020


@pytest.mark.parametrize(
    "schema", [None, {"x-mcp-header": "Region"}, {"properties": {"region": {}}}]
)
def test_a_schema_that_declares_nothing_sound_takes_no_parameters(schema: Any) -> None:
    """Where nobody can say what a header stands for, it stands for nothing."""
    said = body(arguments={"region": "eu"})

    assert code(*RIGHT, said=said, schema=schema) is None
    assert code(*RIGHT, ("mcp-param-region", "eu"), said=said, schema=schema) == -32020


def test_a_request_without_an_envelope_is_refused() -> None:
    """The revision stands in the body; a header alone is no revision."""
    assert code(*RIGHT, said={"jsonrpc": "2.0", "id": 1, "method": "tools/call"}) is not None


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ((), True),
        ((("mcp-method", "tools/call"), ("mcp-name", "bank__pay")), True),
        ((("mcp-name", "bank__erase"),), False),
        ((("mcp-method", "tools/list"),), False),
        ((("mcp-name", "bank__pay"), ("Mcp-Name", "bank__pay")), False),
        ((("mcp_name", "bank__pay"),), False),
        ((("mcp-param-region", "eu"),), False),
    ],
)
def test_earlier_revisions_need_no_headers_and_may_not_lie_in_them(
    headers: tuple[tuple[str, str], ...],
    taken: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Whoever is on the way may heed such a header on any revision."""
    raw = [(name.encode(), value.encode()) for name, value in headers]

    assert (agreed_earlier(raw, body()) is None) is taken
