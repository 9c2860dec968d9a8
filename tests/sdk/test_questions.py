"""What a caller says of a call is checked before anything is sent."""

import json
from typing import Any

import pytest

from drawbar.fault import Fault
from drawbar.questions import Question, handle, hold


def test_a_question_is_written_as_the_gateway_reads_it() -> None:
    """Each thing that may be said has its member; what was not said is left out."""
    whole = Question(
        "pay",
        {"amount": 5},
        call_id="c1",
        server="bank",
        session="s1",
        subject="ada",
        roles=["teller"],
        agent="a1",
        context={},
        facts={"x": 1},
        approval="apr_1",
        wait_s=50,
        dry_run=True,
        changed_args=True,
        obligations={"notification"},
        seat_token="t.t.t",
    )

    assert json.loads(whole.body()) == {
        "call_id": "c1",
        "tool": "pay",
        "args": {"amount": 5},
        "server": "bank",
        "session": "s1",
        "subject": {"id": "ada", "roles": ["teller"]},
        "agent": {"id": "a1"},
        "context": {},
        "facts": {"x": 1},
        "approval": "apr_1",
        "wait_s": 50,
        "dry_run": True,
        "supports": {"changed_args": True, "obligations": ["notification"]},
    }
    assert whole.token() == "t.t.t"
    assert json.loads(Question("pay", {}, call_id="c1").body()) == {
        "call_id": "c1",
        "tool": "pay",
        "args": {},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"tool": None},
        {"tool": 7},
        {"args": None},
        {"args": [1]},
        {"server": b"x"},
        {"session": 1},
        {"subject": {"id": "x"}},
        {"subject": "ada", "roles": "teller"},
        {"subject": "ada", "roles": [1]},
        {"roles": ["teller"]},
        {"agent": 1},
        {"context": ["x"]},
        {"facts": "x"},
        {"approval": 1},
        {"wait_s": "5"},
        {"wait_s": 1.5},
        {"wait_s": True},
        {"wait_s": -1},
        {"wait_s": 51},
        {"dry_run": 1},
        {"dry_run": "no"},
        {"changed_args": "yes"},
        {"obligations": "notification"},
        {"obligations": [1]},
        {"obligations": 1},
    ],
)
def test_a_member_of_the_wrong_type_is_refused(wrong: dict[str, Any]) -> None:
    """A slip is `invalid_call`; nothing is turned into what it might have meant."""
    with pytest.raises(Fault) as caught:
        Question(**({"tool": "pay", "args": {}} | wrong)).body()

    assert caught.value.reason == "invalid_call"


@pytest.mark.parametrize("token", [7, "", "two words", "a\r\nX: y", "\u00e9", "x" * 8193])
def test_what_is_no_token_never_becomes_a_header(token: Any) -> None:
    """A seat token that could end a header, or be no token at all, is refused."""
    with pytest.raises(Fault):
        Question("pay", {}, seat_token=token).token()


@pytest.mark.parametrize("name", [None, 7, "", "a/b", "a?b", "..", "x" * 41, "a\n"])
def test_what_is_no_approval_never_becomes_an_address(name: Any) -> None:
    """The id of an approval is of letters, digits and underscores."""
    with pytest.raises(Fault):
        handle(name)
    assert handle("apr_01JD") == "apr_01JD"


def test_a_hold_is_bounded() -> None:
    """A gateway holds a question for at most fifty seconds."""
    assert [hold(0), hold(50)] == [0, 50]


def test_an_unknown_option_is_a_type_error() -> None:
    """A misspelled option is never taken for one that was not given."""
    with pytest.raises(TypeError, match="sesion"):
        Question("pay", {}, sesion="s1")  # type: ignore[call-arg]
