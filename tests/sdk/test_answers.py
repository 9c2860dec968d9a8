"""Answers are read strictly: what is not plainly an allow is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar import answers, exact
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.http1 import Answer
from drawbar.observed import Observed
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


def _observed(body: bytes) -> Observed:
    return answers.observed(Answer(200, "application/json", body), "e1")


EVENT: dict[str, Any] = {"id": "e1", "effect": "deny", "reason": "rule", "message": "No."}


@given(st.sampled_from([*EVENT, "changed", "changes", "reasons"]), values)
def test_one_odd_member_never_shows_what_is_withheld(name: str, value: Any) -> None:
    """Replace one member of a refusal by anything at all: only the effect itself can allow."""
    try:
        allowed = _observed(exact.write({"events": [EVENT | {name: value}]})).allowed
    except Fault:
        allowed = False

    assert allowed is (name == "effect" and value == "allow")


@given(st.binary(max_size=64) | values.map(lambda value: exact.write({"events": value})))
def test_no_stray_answer_shows_anything(body: bytes) -> None:
    """Bytes that are no answer about this event are a fault, and no other exception."""
    with pytest.raises(Fault):
        _observed(body)


HANDLE: dict[str, Any] = {"id": "apr_1", "status": "pending", "needs": []}


@given(st.sampled_from([*HANDLE, "expires_at", "url"]), values)
def test_one_odd_member_never_approves(name: str, value: Any) -> None:
    """Of an approval that waits only the status itself can say that it is approved."""
    body = exact.write(HANDLE | {name: value})
    try:
        found = answers.approval(Answer(200, "application/json", body), "apr_1")
    except Fault:
        return

    assert found.approved is (name == "status" and value == "approved")
    assert found.id == "apr_1"


@pytest.mark.parametrize(
    ("status", "body"),
    [(201, b'{"session":"s1"}'), (200, b'{"session":"s2"}'), (200, b"{}"), (200, b'{"session":1}')],
)
def test_only_this_session_is_this_session(status: int, body: bytes) -> None:
    """An answer about another session, or none, does not say that this one is as it should be."""
    with pytest.raises(Fault):
        answers.session(Answer(status, "application/json", body), "s1", "e1")
    good = answers.session(Answer(200, "application/json", b'{"session":"s1"}'), "s1", "e1")
    assert good.allowed
