"""A call that passes two seats is decided, counted and asked about once."""

from typing import Any

from memory.keys import Scope
from memory.sessions.events import Kind
from tests.app.seats.passing import ARGS, at_mcp, caller, came, payment, sent, told
from tests.harness import GatewayHarness


def calls(gateway: GatewayHarness) -> list[str]:
    looked = gateway.request("GET", "/v1/sessions/s1")
    found: list[str] = looked.json()["calls"]
    return found


def test_a_call_through_two_seats_counts_once(gateway: GatewayHarness) -> None:
    """With a budget of one the second seat allows what the first did, and a further call is not."""
    first = sent(gateway, payment())
    second = at_mcp(gateway, "m1", first["seat_token"])
    further = sent(gateway, payment("c2"))

    assert (first["effect"], second.effect, further["effect"]) == ("allow", "allow", "deny")
    assert calls(gateway) == ["c1"]


def test_the_second_decision_names_the_first(gateway: GatewayHarness) -> None:
    """Its record holds which decision it takes over, and why that one allowed."""
    first = sent(gateway, payment())
    second = at_mcp(gateway, "m1", first["seat_token"])
    shown = gateway.request("GET", f"/v1/decisions/{second.id}").json()

    assert second.id != first["decision_id"]
    assert (shown["first"], shown["edge"]) == (first["decision_id"], "mcp")
    assert (shown["effect"], shown["reason"]) == ("allow", "rule")
    assert first["decision_id"] in shown["explanation"][0]
    assert gateway.request("GET", f"/v1/decisions/{first['decision_id']}").json()["first"] is None


def test_both_seats_may_speak_http(gateway: GatewayHarness) -> None:
    """The token comes as a header, and the second answer hands none on."""
    first = sent(gateway, payment())
    second = sent(gateway, payment("other"), first["seat_token"])

    assert (second["effect"], second["call_id"], second["seat_token"]) == ("allow", "other", None)
    assert calls(gateway) == ["c1"]


def test_the_second_seat_may_use_the_same_name(gateway: GatewayHarness) -> None:
    """Then too it is one call, and both seats may tell its result."""
    first = sent(gateway, payment())
    second = sent(gateway, payment(), first["seat_token"])
    results = told(gateway, came("c1", "paid", "r1"), came("c1", "paid", "r2"))

    assert second["effect"] == "allow"
    assert calls(gateway) == ["c1"]
    assert [one["effect"] for one in results] == ["allow", "allow"]


def test_people_are_asked_once(gateway: GatewayHarness) -> None:
    """An approved call passes the second seat, and nobody is asked again."""
    large = payment(args={"amount": 500})
    asked = sent(gateway, large)
    path = f"/v1/approvals/{asked['approval']['id']}"
    approver = gateway.new_key([Scope.APPROVE], subject="boss")
    said = gateway.request("POST", f"{path}/approve", approver, json={})
    assert said.status_code == 200, said.text
    first = sent(gateway, {**large, "approval": asked["approval"]["id"]})
    second = at_mcp(gateway, "m1", first["seat_token"], args={"amount": 500})

    assert (asked["seat_token"], first["effect"], first["reason"]) == (None, "allow", "approved")
    assert (second.effect, second.approval) == ("allow", None)
    assert len(gateway.request("GET", "/v1/approvals").json()["approvals"]) == 1


def test_the_digest_is_of_the_call_as_it_was_released(gateway: GatewayHarness) -> None:
    """Where rules changed it, the changed call is handed on, and the one before is another."""
    first = sent(gateway, payment(tool="note", args={"text": "dirty"}))
    assert first["args"] == {"text": "clean"}
    other = at_mcp(gateway, "m1", first["seat_token"], tool="note", args={"text": "dirty"})
    same = at_mcp(gateway, "m2", first["seat_token"], tool="note", args={"text": "clean"})

    assert (other.first, same.first) == (None, first["decision_id"])


def test_calls_without_a_session_pass_too(gateway: GatewayHarness) -> None:
    """They are counted beyond sessions, once."""
    policy = "policy p version 1; rule r: allow pay; "
    gateway.write(
        "bank.bar", policy + "rule once: deny pay when count(pay within 1h per subject) >= 1;"
    )
    gateway.reload()
    body = {"call_id": "c1", "tool": "pay", "args": ARGS}
    first = sent(gateway, body)
    second = at_mcp(gateway, "m1", first["seat_token"], session=None)

    assert (first["effect"], second.effect) == ("allow", "allow")
    assert sent(gateway, {**body, "call_id": "c2"})["effect"] == "deny"


def test_the_result_is_observed_once(gateway: GatewayHarness) -> None:
    """Both seats tell it, in either order; one event is kept, and neither is refused."""
    first = sent(gateway, payment())
    at_mcp(gateway, "m1", first["seat_token"])
    inner = told(gateway, came("m1", {"paid": True}))
    outer = told(gateway, came("c1", {"paid": True}), came("c1", {"paid": True}))
    again = told(gateway, came("m1", {"paid": True}))

    assert [one["effect"] for one in (*inner, *outer, *again)] == ["allow"] * 4
    assert events(gateway).count(Kind.CAME) == 1


def test_a_second_result_of_one_seat_is_refused_as_ever(gateway: GatewayHarness) -> None:
    """A seat has one result to tell of a call: what it sends as another is withheld."""
    first = sent(gateway, payment())
    at_mcp(gateway, "m1", first["seat_token"])
    told(gateway, came("m1", "paid"))
    forged = told(gateway, came("m1", "paid twice", "r9"))

    assert forged[0]["effect"] == "deny"


def test_what_a_rule_withholds_is_withheld_from_both_seats(gateway: GatewayHarness) -> None:
    """The second telling is judged for what may be shown, like the first."""
    gateway.write(
        "bank.bar",
        "policy bank version 1; rule r: allow pay; rule s on result: deny pay"
        ' when result contains "secret";',
    )
    gateway.reload()
    first = sent(gateway, payment())
    at_mcp(gateway, "m1", first["seat_token"])
    results = told(gateway, came("m1", "a secret"), came("c1", "a secret"))

    assert [one["effect"] for one in results] == ["deny", "deny"]


def test_a_call_decided_anew_at_the_second_seat_is_one_call_still(gateway: GatewayHarness) -> None:
    """Asked for again there, and handed on from there, it counts once, and all may tell of it."""
    gateway.write("bank.bar", "policy bank version 1; rule r: allow pay;")
    gateway.reload()
    first = sent(gateway, payment())
    sent(gateway, payment("m1"), first["seat_token"])
    anew = sent(gateway, payment("m1"), first["seat_token"])
    third = sent(gateway, payment("x1"), anew["seat_token"])
    results = told(gateway, came("x1", "paid"), came("m1", "paid"), came("c1", "paid"))

    assert (anew["effect"], third["effect"], third["seat_token"]) == ("allow", "allow", None)
    assert calls(gateway) == ["c1"]
    assert [one["effect"] for one in results] == ["allow"] * 3
    assert events(gateway).count(Kind.CAME) == 1


def test_after_its_result_a_call_is_over_for_every_seat(gateway: GatewayHarness) -> None:
    """A token of it is worth nothing then, though its time is not up."""
    first = sent(gateway, payment())
    told(gateway, came("c1", "paid"))

    assert at_mcp(gateway, "m1", first["seat_token"]).effect == "deny"


def test_only_the_last_seat_can_say_that_it_never_ran(gateway: GatewayHarness) -> None:
    """Who handed it on cannot; the last one frees the reservation under its own name."""
    gateway.write("t.json", '[{"name": "pay", "risk": "low", "inputSchema": {}}]')
    gateway.write("bank.bar", 'policy bank version 1; use tools "t.json"; rule r: allow pay;')
    gateway.reload()
    assert gateway.gateway.live.refused is None
    trusted = gateway.new_key(
        [Scope.OBSERVE, Scope.ASSERT_SESSION], subject=caller(gateway).subject, trusts_not_run=True
    )
    first = sent(gateway, payment())
    at_mcp(gateway, "m1", first["seat_token"])

    def never_ran(name: str) -> Any:
        return told(gateway, {"type": "not_run", "id": f"n-{name}", "call_id": name}, key=trusted)

    last = sent(gateway, payment("x1"), sent(gateway, payment("m1"))["seat_token"])
    assert last["effect"] == "allow"

    assert [never_ran(one)[0]["effect"] for one in ("c1", "m1", "x1")] == ["deny", "deny", "allow"]
    assert calls(gateway) == []


def events(gateway: GatewayHarness) -> list[Kind]:
    """Return what happened in the session, as the store has it."""

    async def read() -> list[Kind]:
        async with gateway.gateway.sessions._store.read() as reading:
            return [one.kind for _, one in await reading.events("default", "s1", 0)]

    return gateway.run(read())
