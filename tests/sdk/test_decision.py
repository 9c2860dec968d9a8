"""What a decision says, and when it allows."""

import dataclasses
from typing import Any

import pytest

from drawbar import Decision, Effect

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
