"""What a decision says, and when it allows."""

import dataclasses
from typing import Any

import pytest

from drawbar import Approval, Decision, Denied, Effect, Pending

PARTS: dict[str, Any] = {"reason": "rule", "message": "", "decision_id": "d_1", "call_id": "c1"}


@pytest.mark.parametrize(
    ("effect", "given", "expected"),
    [
        ("allow", {"dry_run": False}, True),
        ("allow", {"dry_run": True}, False),
        ("ask", {"dry_run": False}, False),
        ("ask", {"dry_run": True}, False),
        ("deny", {"dry_run": False}, False),
        ("deny", {"dry_run": True}, False),
    ],
)
def test_only_an_allow_in_earnest_is_allowed(
    effect: Effect, given: dict[str, bool], *, expected: bool
) -> None:
    """A tool may run on allow alone, and never on a dry run."""
    assert Decision(effect=effect, **(PARTS | given)).allowed is expected


@pytest.mark.parametrize(("effect", "expected"), [("allow", True), ("ask", False), ("deny", False)])
def test_truth_is_permission(effect: Effect, *, expected: bool) -> None:
    """`if decision:` means the same as `if decision.allowed:`, not merely that one exists."""
    assert bool(Decision(effect=effect, **PARTS)) is expected


def test_a_decision_cannot_be_changed() -> None:
    """A deny cannot be turned into an allow after the fact."""
    decision = Decision(effect="deny", **PARTS)

    with pytest.raises(dataclasses.FrozenInstanceError):
        decision.effect = "allow"  # type: ignore[misc]

    assert not decision.allowed


def test_a_decision_can_be_a_key() -> None:
    """Equal decisions have equal hashes, though their reasons are mappings."""
    first, second = (Decision(effect="deny", reasons=({"rule": "r"},), **PARTS) for _ in range(2))

    assert {first} == {second}


def test_only_an_allowed_call_has_arguments_to_run_with() -> None:
    """`run_with` gives those that were asked about, or the changed ones; else it raises."""
    plain = Decision(effect="allow", **PARTS)
    changed = Decision(effect="allow", args={"limit": 100}, **PARTS)

    assert plain.run_with({"limit": 5}) == {"limit": 5}
    assert changed.run_with({"limit": 500, "more": 1}) == {"limit": 100}
    for effect, dry_run in (("ask", False), ("deny", False), ("allow", True)):
        refused = Decision(effect=effect, args={"limit": 1}, dry_run=dry_run, **PARTS)  # type: ignore[arg-type]
        with pytest.raises(Denied) as denied:
            refused.run_with({"limit": 5})
        assert denied.value.decision is refused


def test_a_seat_token_is_not_shown() -> None:
    """What lets a call pass the next seat does not end up in a log."""
    assert "t0ken" not in repr(Decision(effect="allow", seat_token="t0ken", **PARTS))


@pytest.mark.parametrize("status", ["pending", "rejected", "used", "expired", "unknown"])
def test_only_approved_is_approved(status: str) -> None:
    """No other status says that the call may come back."""
    assert not Approval(id="apr_1", status=status).approved
    assert Approval(id="apr_1", status="approved").approved


def test_a_pending_call_that_nobody_can_resume_is_denied() -> None:
    """Without a way back there is no running."""
    with pytest.raises(Denied):
        Pending(Decision(effect="ask", **PARTS)).resume()
