"""How requests are written and answers are read."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar import answers, exact
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.http1 import Answer
from tests.sdk.scripted import answer

numbers = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)),
)
REQUEST = {"call_id": "c1"}


def _read(body: bytes, status: int = 200) -> Decision:
    return answers.decision(Answer(status, "application/json", body), "c1", dry_run=False)


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


@given(values)
def test_what_is_written_is_what_was_given(value: Any) -> None:
    """Every JSON value arrives unchanged, and no Decimal passes through a float."""
    written = exact.write({"args": value})

    assert json.loads(written, parse_float=Decimal) == {"args": _exact(value)}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+5"), "1E+5"),
        (0.1, "0.1"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_numbers_keep_every_digit(number: Decimal | float, expected: str) -> None:
    """A Decimal is written with its own digits, not with those of the nearest float."""
    assert exact.write({"amount": number}) == f'{{"amount":{expected}}}'.encode()


def _ring() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (float("nan"), "JSON cannot hold the number nan at `/a`"),
        (float("-inf"), "JSON cannot hold the number -inf at `/a`"),
        (Decimal("sNaN"), "JSON cannot hold the number sNaN at `/a`"),
        (Decimal("Infinity"), "JSON cannot hold the number Infinity at `/a`"),
        ({1, 2}, "JSON cannot hold the set at `/a`"),
        (b"x", "JSON cannot hold the bytes at `/a`"),
        (object(), "JSON cannot hold the object at `/a`"),
        ([{"b": b"x"}], "JSON cannot hold the bytes at `/a/0/b`"),
        ({1: "x", "1": "y"}, "a key that is not a text in `/a`"),
        ({"x\n\x1b[2J": b""}, "JSON cannot hold the bytes at `/a/x \N{REPLACEMENT CHARACTER}[2J`"),
        ("\ud800", "a text in the call is not valid Unicode"),
        ([10**5000], "too many digits in the number at `/a/0`"),
        (_ring(), "the call is nested too deep or holds itself"),
        ("x" * 2**20, "the call is larger than 1 MiB"),
    ],
)
def test_what_is_not_json_is_an_invalid_call(value: Any, what: str) -> None:
    """A value without an exact JSON form is refused by its place, never made to fit."""
    with pytest.raises(Fault) as caught:
        exact.write({"a": value})

    assert (caught.value.reason, caught.value.what) == ("invalid_call", what)
    assert exact.write({"a": "x"}) == b'{"a":"x"}'


def test_a_good_answer_is_read_whole() -> None:
    """Each member of the answer reaches the decision."""
    decision = _read(json.dumps(answer(REQUEST)).encode())

    assert decision == Decision(
        effect="allow",
        reason="rule",
        message="Allowed.",
        decision_id="d_1",
        call_id="c1",
        retryable=True,
        reasons=({"code": "rule", "policy": "banking", "rule": "small", "effect": "allow"},),
        revision="118:sha256:9f",
    )
    assert decision.allowed


@given(st.binary(max_size=64) | values.map(lambda value: exact.write({"": value})))
def test_no_stray_answer_allows(body: bytes) -> None:
    """Bytes that are no answer of a gateway are a fault, and no other exception."""
    with pytest.raises(Fault):
        _read(body)


@given(st.sampled_from([*answer(REQUEST), "args", "changes", "obligations"]), values)
def test_one_odd_member_never_makes_an_allow(name: str, value: Any) -> None:
    """Replace one member of a deny by anything at all: only the effect itself can allow."""
    body = exact.write(answer(REQUEST, effect="deny") | {name: value})
    try:
        allowed = _read(body).allowed
    except Fault:
        allowed = False

    assert allowed is (name == "effect" and value == "allow")


@given(st.data())
def test_a_cut_answer_never_allows(data: st.DataObject) -> None:
    """No proper beginning of an allow is an allow."""
    body = json.dumps(answer(REQUEST)).encode()
    end = data.draw(st.integers(0, len(body) - 1))

    with pytest.raises(Fault):
        _read(body[:end])
    assert _read(body).allowed


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("args", {"amount": 1}),
        ("args", {}),
        ("changes", [{"path": "/amount", "kind": "set"}]),
        ("obligations", [{"id": "o1", "type": "notification"}]),
    ],
)
def test_an_allow_with_more_to_do_is_refused(member: str, value: Any) -> None:
    """An allow for other arguments, or with an obligation, is beyond this client: deny."""
    refused = _read(json.dumps(answer(REQUEST, **{member: value})).encode())
    twin = _read(json.dumps(answer(REQUEST, args=None, changes=[], obligations=[])).encode())

    assert (refused.effect, refused.reason) == ("deny", "unsupported_obligation")
    assert refused.decision_id == "d_1"
    assert not refused.allowed
    assert twin.allowed
