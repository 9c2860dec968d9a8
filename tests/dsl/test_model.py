"""The nouns everything else speaks in."""

import dataclasses
import itertools
from decimal import Decimal

import pytest

from dsl.model import Effect, ToolCall, strictest


def test_allow_is_laxer_than_ask_and_ask_than_deny() -> None:
    """The order of strictness is written out here, not borrowed."""
    assert sorted(Effect, key=lambda e: e.strictness) == [Effect.ALLOW, Effect.ASK, Effect.DENY]


def test_the_strictest_wins_in_any_order() -> None:
    """One deny is enough, one ask is more than any allow."""
    for effects in itertools.product(Effect, repeat=3):
        expected = next(e for e in (Effect.DENY, Effect.ASK, Effect.ALLOW) if e in effects)
        assert expected is strictest(*effects)


def test_a_call_is_frozen() -> None:
    """Nothing changes a call on its way."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        ToolCall("c", "send", {}).tool = "other"  # type: ignore[misc]  # the error is the point


def test_a_tool_is_written_with_its_server() -> None:
    """The qualified name is what policies write."""
    assert ToolCall("c", "send", {}, "srv").qualified == "srv/send"
    assert ToolCall("c", "send", {}).qualified == "send"


def test_arguments_are_written_in_their_one_form_and_anew_for_others() -> None:
    """What is written once belongs to one call: a copy with other arguments has its own."""
    call = ToolCall("c", "send", {"b": Decimal("1.50"), "a": "é"})
    assert call.written == '{"a":"é","b":1.5}'

    assert dataclasses.replace(call, args={"a": 2}).written == '{"a":2}'
    assert call == ToolCall("c", "send", {"a": "é", "b": Decimal("1.5")})
