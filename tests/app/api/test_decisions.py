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


def test_decisions_are_listed_for_auditors(gateway: GatewayHarness) -> None:
    """Newest first, by what they say, a page at a time; others may not list."""
    auditor = gateway.new_key([Scope.AUDIT])
    said = [gateway.check(pay(call_id=f"c{n}", args={"amount": n * 60})).json() for n in range(4)]
    ids = [one["decision_id"] for one in said]

    whole = gateway.request("GET", "/v1/decisions", auditor).json()
    first = gateway.request("GET", "/v1/decisions?limit=3", auditor).json()
    rest = gateway.request("GET", f"/v1/decisions?cursor={first['next']}", auditor).json()
    asks = gateway.request("GET", "/v1/decisions?rule=bank/large&effect=ask", auditor).json()

    assert [one["id"] for one in whole["decisions"]] == ids[::-1]
    assert whole["next"] is None
    assert [one["id"] for one in first["decisions"] + rest["decisions"]] == ids[::-1]
    assert [one["id"] for one in asks["decisions"]] == [ids[3], ids[2]]
    assert (
        gateway.request("GET", "/v1/decisions", gateway.new_key([Scope.CHECK])).status_code == 403
    )


def test_what_is_looked_for_must_make_sense(gateway: GatewayHarness) -> None:
    """A filter nobody knows, or a cursor of somebody's own, is refused rather than ignored."""
    for wrong in ("subjct=ada", "cursor=x", "limit=0", "limit=501", "since=now", "effect=yes"):
        assert gateway.request("GET", f"/v1/decisions?{wrong}").status_code == 422, wrong


def test_a_decision_is_explained_by_what_it_asked(gateway: GatewayHarness) -> None:
    """Rules, then each question that was asked of the session, with its answer."""
    gateway.write(
        "origin.bar",
        "overlay origin version 1;"
        'rule named: deny pay when not args.to? from user because "nobody named them";',
    )
    gateway.reload()
    gateway.request(
        "POST",
        "/v1/observe",
        json={"session": "s", "events": [{"type": "user", "id": "u", "text": "pay Ada"}]},
    )
    call = pay(session="s", args={"amount": 5, "to": "Eve"})
    said = gateway.check(call).json()

    kept = gateway.request("GET", f"/v1/decisions/{said['decision_id']}").json()

    rule, asked = kept["explanation"]
    assert rule == "rule named of origin says deny: nobody named them"
    assert asked.startswith("origin of /")
    assert asked.endswith(" of pay (for origin): nowhere")
    assert kept["atoms"][0]["value"].startswith("hmac-sha256:")
