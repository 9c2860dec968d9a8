"""`GET /v1/decisions/{id}`."""

from memory.keys import Scope
from tests.harness import GatewayHarness, pay


def test_a_decision_reads_back_as_it_was_answered(gateway: GatewayHarness) -> None:
    """The record holds what the answer said, and of the arguments only a keyed digest."""
    said = gateway.check(pay(args={"amount": 5, "note": "a private word"})).json()

    answer = gateway.request("GET", f"/v1/decisions/{said['decision_id']}")

    assert answer.status_code == 200
    kept = answer.json()
    for name in ("call_id", "effect", "reason", "reasons", "message", "revision", "dry_run"):
        assert kept[name] == said[name]
    assert kept["args_hmac"].startswith("hmac-sha256:")
    assert "private" not in answer.text


def test_equal_arguments_have_equal_digests(gateway: GatewayHarness) -> None:
    """Key order and number notation do not change the digest; the values do."""
    gateway.check_bytes(b'{"call_id":"1","tool":"pay","args":{"amount":5,"x":1.50}}')
    gateway.check_bytes(b'{"call_id":"2","tool":"pay","args":{"x":15e-1,"amount":5.0}}')
    gateway.check_bytes(b'{"call_id":"3","tool":"pay","args":{"x":15e-1,"amount":5.01}}')

    third, second, first = (record.args_hmac for record in gateway.records())
    assert first == second
    assert second != third


def test_another_subjects_decision_is_not_found(gateway: GatewayHarness) -> None:
    """A key reads its own subject's decisions; to others they do not exist, except for audit."""
    mine = gateway.new_key([Scope.CHECK], subject="ada")
    again = gateway.new_key([Scope.CHECK], subject="ada")
    other = gateway.new_key([Scope.CHECK], subject="bob")
    auditor = gateway.new_key([Scope.AUDIT], subject="eve")
    path = f"/v1/decisions/{gateway.check(pay(), mine).json()['decision_id']}"

    assert gateway.request("GET", path, mine).status_code == 200
    assert gateway.request("GET", path, again).status_code == 200
    assert gateway.request("GET", path, other).status_code == 404
    assert gateway.request("GET", path, auditor).status_code == 200


def test_reading_needs_a_key_that_may(gateway: GatewayHarness) -> None:
    """Without a key it is 401, with one that may not read 403, and of no such id 404."""
    feedback = gateway.new_key([Scope.FEEDBACK])
    path = f"/v1/decisions/{gateway.check(pay()).json()['decision_id']}"

    assert gateway.request("GET", path, "drw_wrong").status_code == 401
    assert gateway.request("GET", path, feedback).status_code == 403
    assert gateway.request("GET", "/v1/decisions/d_none").status_code == 404
    assert gateway.request("GET", "/v1/decisions/" + "x" * 41).status_code == 422
