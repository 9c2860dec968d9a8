"""An agent that is denied the same again and again is told shortly and for good."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import GatewayHarness

POLICY = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule never: deny erase reply "Nothing is erased here.";
rule huge: deny pay when args.amount > 1000;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY)
    yield opened
    opened.close()


def ask(gateway: GatewayHarness, call_id: str, tool: str = "erase", **more: Any) -> dict[str, Any]:
    body = {"call_id": call_id, "session": "s1", "tool": tool, "args": {}, **more}
    said: dict[str, Any] = gateway.check(body).json()
    return said


def test_from_the_third_denial_of_a_kind_on_it_is_final(gateway: GatewayHarness) -> None:
    """Whatever the arguments are; the decision itself, its record and its message stay."""
    said = [ask(gateway, f"c{at}", args={"n": at}) for at in range(4)]
    shown = [one["display"] for one in said]

    assert shown[:2] == [None, None]
    assert shown[2] == shown[3]
    assert shown[2]["retryable"] is False
    assert shown[2]["text"].startswith("Nothing is erased here. ")
    assert len({one["message"] for one in said}) == 1
    assert {one.message for one in gateway.records()} == {"Nothing is erased here."}


def test_denials_are_told_apart(gateway: GatewayHarness) -> None:
    """By the tool and by what refused; each session has its own, and a call without one none."""
    for at in range(2):
        ask(gateway, f"c{at}")
        ask(gateway, f"d{at}", "pay", args={"amount": 2000})
        ask(gateway, f"e{at}", session="s2")
        assert ask(gateway, f"f{at}", session=None)["display"] is None

    assert ask(gateway, "x1", "pay", args={"amount": 500})["display"] is None
    assert ask(gateway, "x2", "pay", args={"amount": 50})["display"] is None
    assert ask(gateway, "x3", session=None)["display"] is None
    assert ask(gateway, "x4")["display"] is not None


def test_the_same_call_asked_for_again_counts_once(gateway: GatewayHarness) -> None:
    """A client that sends a request once more is no agent that loops."""
    assert [ask(gateway, "c1")["display"] for _ in range(5)] == [None] * 5


def test_a_dry_run_counts_for_nothing(gateway: GatewayHarness) -> None:
    """Nobody was denied anything by it."""
    for at in range(3):
        assert ask(gateway, f"c{at}", dry_run=True)["display"] is None
    assert ask(gateway, "c9")["display"] is None


def test_what_passes_by_itself_is_never_called_final(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault inside the gateway is no denial for good."""

    def breaks(*_: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.engine.evaluate", breaks)
    said = [ask(gateway, f"c{at}") for at in range(4)]

    assert {one["reason"] for one in said} == {"fault"}
    assert {one["display"] for one in said} == {None}
