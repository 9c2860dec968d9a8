"""The nouns everything else speaks in."""

import dataclasses
import itertools

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
