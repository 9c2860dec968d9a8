"""What rules change and require, as the HTTP edge answers it and the record keeps it."""

from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness, pay

CAPPED = """\
policy bank version 1;
rule capped: allow pay with set(args.amount, 100), drop(args.note);
"""
TOLD = """\
policy bank version 1;
rule told: allow pay require notify("security");
"""
SHADOWED = """\
policy bank version 1;
rule small: allow pay;
rule soon: deny pay when args.amount > 1 because "not from May on" mode shadow;
"""
SUPPORTS = {"changed_args": True, "obligations": ["notification"]}


def answer(gateway: GatewayHarness, policy: str, **members: Any) -> dict[str, Any]:
    gateway.write("bank.bar", policy)
    gateway.reload()
    found: dict[str, Any] = gateway.check(pay(**members)).json()
    return found


def test_changed_arguments_are_released_only_to_who_runs_them(gateway: GatewayHarness) -> None:
    """A caller that says nothing of changed arguments would run the others, so it is denied."""
    args = {"amount": 500, "note": "x"}
    able = answer(gateway, CAPPED, args=args, supports=SUPPORTS)
    unable = answer(gateway, CAPPED, args=args)

    assert (able["effect"], able["args"]) == ("allow", {"amount": 100})
    assert [(one["path"], one["kind"]) for one in able["changes"]] == [
        ("args.amount", "set"),
        ("args.note", "drop"),
    ]
    assert (unable["effect"], unable["reason"]) == ("deny", "unsupported_obligation")
    assert "changed arguments" in unable["message"]
    assert unable["args"] is None


def test_what_changes_nothing_needs_no_support(gateway: GatewayHarness) -> None:
    """A call that is already as the rules want it is an ordinary allow."""
    said = answer(gateway, CAPPED, args={"amount": 100})

    assert (said["effect"], said["args"], said["changes"]) == ("allow", None, [])


def test_who_must_be_told_is_told_by_the_caller_or_the_call_is_denied(
    gateway: GatewayHarness,
) -> None:
    """An obligation goes to a caller that supports it, and denies every other."""
    able = answer(gateway, TOLD, supports=SUPPORTS)
    unable = answer(gateway, TOLD, supports={"changed_args": True})

    assert (able["effect"], able["obligations"]) == (
        "allow",
        [{"id": "o1", "type": "notification", "properties": {"to": "security"}}],
    )
    assert (unable["effect"], unable["reason"]) == ("deny", "unsupported_obligation")


def test_shadow_rules_are_shown_and_decide_nothing(gateway: GatewayHarness) -> None:
    """What a rule in shadow mode would have said stands beside the decision."""
    said = answer(gateway, SHADOWED)

    assert said["effect"] == "allow"
    assert [(one["rule"], one["effect"], one["because"]) for one in said["shadow"]] == [
        ("soon", "deny", "not from May on")
    ]


def test_the_record_keeps_what_was_changed_required_and_shadowed(gateway: GatewayHarness) -> None:
    """A year later it can be told what ran: the digest of the released arguments, the changes."""
    args = {"amount": 500, "note": "x"}
    changed = answer(gateway, CAPPED, args=args, supports=SUPPORTS)["decision_id"]
    shadowed = answer(gateway, SHADOWED)["decision_id"]
    by_id = {record.id: record for record in gateway.records()}

    released = gateway.gateway.recorder.args_hmac({"amount": 100})
    assert by_id[changed].changed_hmac == released != by_id[changed].args_hmac
    assert [one["kind"] for one in by_id[changed].changes] == ["set", "drop"]
    assert by_id[shadowed].changed_hmac is None
    assert [one["rule"] for one in by_id[shadowed].shadow] == ["soon"]


def test_a_recorded_decision_reads_back_whole(gateway: GatewayHarness) -> None:
    """The route for one decision shows the same."""
    decision = answer(gateway, TOLD, supports=SUPPORTS)["decision_id"]
    key = gateway.new_key((Scope.CHECK, Scope.AUDIT))
    said = gateway.request("GET", f"/v1/decisions/{decision}", key).json()

    assert said["obligations"] == [
        {
            "type": "notification",
            "to": "security",
            "policy": "bank",
            "rule": "told",
            "carried": False,
        }
    ]


@pytest.mark.parametrize(
    "supports",
    [{"changed_args": "yes"}, {"obligations": "notification"}, {"more": True}, [], True],
)
def test_a_claim_that_cannot_be_read_is_refused(gateway: GatewayHarness, supports: object) -> None:
    """What a caller supports is read as strictly as the rest."""
    response = gateway.check(pay(supports=supports))

    assert (response.status_code, response.json()["effect"]) == (422, "deny")


def test_who_must_approve_is_named(gateway: GatewayHarness) -> None:
    """The message of an ask names the role that the rule names."""
    said = answer(
        gateway,
        'policy bank version 1; rule big: ask pay approver role "treasury" because "it is much";',
    )

    assert said["message"] == (
        "This call must be approved by somebody with the role `treasury`: it is much."
    )
