"""Sessions: what is told reaches the gateway in its order, and what is withheld is not shown."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from drawbar import AsyncSession, Observed, Session, current_session, exact
from memory.keys import Scope
from tests.sdk.kit import Kit, in_session
from tests.sdk.real import Real
from tests.sdk.scripted import HANG_UP, KEY, Body, Reply, serving

CARD = "4111 1111 1111 1111"
IBAN = "DE89370400440532013000"


def test_user_results_and_replies_are_told(kit: Kit, real: Real) -> None:
    """Each event is taken in: words of the user are counted, results and replies judged."""
    with in_session(kit, real) as session:
        said = kit.run(session.user("pay Ada 5"))
        decision = kit.run(session.check("lookup", {"name": "ada"}))
        came = kit.run(session.result(decision.call_id, {"card": CARD, "n": 1}))
        secret = kit.run(session.check("leak", {}))
        withheld = kit.run(session.result(secret.call_id, "the secret"))
        fine = kit.run(session.reply("Done."))
        refused = kit.run(session.reply(f"Her account is {IBAN}."))
        seen = real.look(session.id)

    assert (said.allowed, fine.allowed) == (True, True)
    assert fine.shown("Done.") == "Done."
    assert came.allowed
    assert CARD not in str(came.shown({"card": CARD, "n": 1}))
    assert came.shown({"card": CARD, "n": 1})["n"] == 1
    assert not withheld.allowed
    assert "it is a secret" in withheld.shown("the secret")
    assert refused.shown(f"Her account is {IBAN}.") == "Not shown."
    assert seen["user_messages"] == 1
    assert seen["calls"] == [decision.call_id, secret.call_id]


def test_a_result_of_no_call_is_withheld(kit: Kit, real: Real) -> None:
    """What came of a call that nobody asked about is not to be shown."""
    with in_session(kit, real) as session:
        stray = kit.run(session.result("never", "text"))

    assert (stray.effect, stray.reason) == ("deny", "invalid_call")
    assert stray.shown("text") != "text"


def test_not_run_frees_what_was_reserved(kit: Kit, real: Real) -> None:
    """A call that never ran is not counted, so another may run in its place."""
    with in_session(kit, real) as session:
        calls = [kit.run(session.check("count", {"n": n})) for n in range(3)]
        freed = kit.run(session.not_run(calls[0].call_id))
        again = kit.run(session.check("count", {"n": 4}))

    assert [one.effect for one in calls] == ["allow", "allow", "deny"]
    assert freed.allowed
    assert again.allowed


def test_an_overlay_narrows_the_session(kit: Kit, real: Real) -> None:
    """Rules of a session hold from then on, and a second text joins the first."""
    with in_session(kit, real) as session:
        before = kit.run(session.check("pay", {"amount": 5}))
        first = kit.run(session.overlay("overlay a version 1; rule p: deny pay;"))
        second = kit.run(session.overlay("overlay b version 1; rule l: deny lookup;"))
        after = [kit.run(session.check(tool, {"amount": 5})) for tool in ("pay", "lookup", "mail")]

    assert before.allowed
    assert (first.allowed, second.allowed) == (True, True)
    assert [one.effect for one in after] == ["deny", "deny", "allow"]


def test_a_session_that_could_not_be_narrowed_allows_nothing(kit: Kit, real: Real) -> None:
    """Rules that the gateway refused are missing: nothing runs until right ones are in force."""
    with in_session(kit, real) as session:
        refused = kit.run(session.overlay("overlay a version 1; rule p: allow pay;"))
        denied = kit.run(session.check("pay", {"amount": 5}))
        kit.run(session.overlay("overlay a version 1; rule p: deny lookup;"))
        allowed = kit.run(session.check("pay", {"amount": 5}))

    assert (refused.effect, refused.reason) == ("deny", "invalid_overlay")
    assert (denied.effect, denied.reason, denied.decision_id) == ("deny", "not_narrowed", None)
    assert allowed.allowed


def test_without_its_rules_a_session_shows_nothing(kit: Kit, real: Real) -> None:
    """Rules of a session may be about results and replies: without them these are withheld."""
    secret = "overlay a version 1; rule s on result: deny mail; rule r on reply: deny;"
    with in_session(kit, real) as session:
        calls = [kit.run(session.check("mail", {"n": n})) for n in range(2)]
        kit.run(session.overlay("overlay a version 1; nonsense"))
        seen = [kit.run(session.result(calls[0].call_id, "x")), kit.run(session.reply("x"))]
        told = kit.run(session.user("x"))
        kit.run(session.overlay(secret))
        after = [kit.run(session.result(calls[1].call_id, "x")), kit.run(session.reply("x"))]

    assert [(one.effect, one.reason) for one in seen] == [("deny", "not_narrowed")] * 2
    assert told.allowed
    assert [(one.effect, one.reason) for one in after] == [("deny", "rule")] * 2


def _session(request: dict[str, Any]) -> bytes:
    return b'{"session":"s1"}'


def test_rules_that_were_lost_on_the_way_must_arrive(kit: Kit) -> None:
    """An overlay whose answer never came keeps the session shut until that very text is taken."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY)
        session = client.session("s1")
        scripted.script[:] = [HANG_UP] * 3
        lost = kit.run(session.overlay("one"))
        shut = kit.run(session.check("pay", {}))
        scripted.script[:] = [Reply(_session)]
        other = kit.run(session.overlay("two"))
        still = kit.run(session.check("pay", {}))
        scripted.script[:] = [Reply(_session)]
        kit.run(session.overlay("one"))
        open_now = kit.run(session.check("pay", {}))
        kit.run(client.close())

    assert (lost.allowed, other.allowed) == (False, True)
    assert (shut.reason, still.reason) == ("not_narrowed", "not_narrowed")
    assert open_now.allowed
    assert [told["path"] for told in scripted.headers][-1] == "/v1/check"


def _event(**changes: Any) -> Body:
    def body(request: dict[str, Any]) -> bytes:
        event = {"id": request["events"][0]["id"], "effect": "allow", "reason": "default"}
        return exact.write({"events": [event | changes]})

    return body


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(_event(id="other")), "about another event"),
        (Reply(lambda _: b'{"events":[]}'), "about another event"),
        (Reply(lambda r: b'{"events":[{},{}]}'), "about another event"),
        (Reply(lambda _: b"{}"), "about another event"),
        (Reply(lambda _: b'{"events":{}}'), "wrong type"),
        (Reply(_event(effect="permit")), "no known effect"),
        (Reply(_event(effect=None)), "no known effect"),
        (Reply(_event(reason=None)), "has no `reason`"),
        (Reply(_event(changes="all")), "wrong type"),
        (Reply(missing=1), "broke off"),
        (Reply(status=500), "HTTP status 500"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n"), "not HTTP"),
    ],
)
@pytest.mark.parametrize("event", ["user", "result", "reply", "not_run"])
def test_a_strange_answer_withholds(kit: Kit, event: str, reply: Reply, says: str) -> None:
    """Whatever goes wrong on the way, nothing is shown; nothing is raised."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY)
        session = client.session()
        scripted.script[:] = [reply]
        seen = _tell(kit, session, event)
        twin = [Reply(_event())]
        scripted.script[:] = twin
        fine = _tell(kit, session, event)
        kit.run(client.close())

    assert (seen.effect, seen.reason) == ("deny", "unreachable")
    assert says in seen.message
    assert seen.shown("text") == seen.message
    assert fine.shown("text") == "text"


def _tell(kit: Kit, session: Any, event: str) -> Observed:
    given = ("c1", "text") if event == "result" else ("text",)
    seen: Observed = kit.run(getattr(session, event)(*given))
    return seen


def test_an_event_keeps_its_id_over_all_attempts(kit: Kit) -> None:
    """An event that is sent again is the same event; two events are two."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY)
        session = client.session("s1", subject="ada", roles=["teller"], agent="a1")
        scripted.script[:] = [HANG_UP, Reply(status=503), Reply(_event()), Reply(_event())]
        first, second = kit.run(session.user("x")), kit.run(session.user("x"))
        kit.run(client.close())

    assert first.allowed
    assert second.allowed
    assert scripted.bodies[0] == scripted.bodies[1] == scripted.bodies[2]
    assert scripted.bodies[3] != scripted.bodies[2]
    assert scripted.asked[0] == {
        "session": "s1",
        "subject": {"id": "ada", "roles": ["teller"]},
        "agent": {"id": "a1"},
        "events": [{"id": first.event_id, "type": "user", "text": "x"}],
    }


@pytest.mark.parametrize("value", [object(), float("nan"), b"x", {1: 2}, "x" * (1 << 20)])
def test_what_json_cannot_hold_is_withheld(kit: Kit, value: Any) -> None:
    """A result that cannot be told cannot be judged, so it is not shown."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY)
        seen = kit.run(client.session().result("c1", value))
        kit.run(client.close())

    assert (seen.effect, seen.reason) == ("deny", "invalid_call")
    assert scripted.asked == []


def test_opening_a_session_asks_the_gateway(kit: Kit, real: Real) -> None:
    """`open` opens it at once, under the name it has here; a second seat joins it by that name."""
    with in_session(kit, real) as session:
        opened = kit.run(session.open())
        seen = real.look(session.id)
        key = real.new_key(Scope.CHECK, Scope.ASSERT_SESSION, subject="eve")
        stranger = kit.client(None, key, uds=real.uds)
        foreign = kit.run(stranger.session(session.id).open())
        kit.run(stranger.close())

    assert opened.allowed
    assert seen["session"] == session.id
    assert (foreign.effect, foreign.reason) == ("deny", "foreign_session")


def test_a_session_tells_whose_it_is(kit: Kit, real: Real) -> None:
    """The owner that is named once goes along with every call and event."""
    with in_session(kit, real) as other:
        kit.run(other.user("x"))
        client = kit.client(None, real.key, uds=real.uds)
        session = client.session(subject="ada", agent="a1")
        decision = kit.run(session.check("pay", {"amount": 5}))
        kit.run(session.user("x"))
        (record,) = real.records(decision.call_id)
        kit.run(client.close())

    assert (session.subject, session.agent) == ("ada", "a1")
    assert (record.subject, record.agent, record.session) == ("ada", "a1", session.id)
    assert session.id != other.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "two words"},
        {"id": "x" * 129},
        {"subject": 7},
        {"agent": b"x"},
        {"roles": ["teller"]},
        {"subject": "ada", "roles": "teller"},
    ],
)
def test_a_session_set_up_wrongly_is_an_error_at_once(kit: Kit, wrong: dict[str, Any]) -> None:
    """A slip shows where the session is made, not at its first call."""
    client = kit.client("http://127.0.0.1:9", KEY)

    with pytest.raises(ValueError, match=r"session|subject|agent|roles"):
        client.session(**wrong)


def test_sessions_are_named_apart(kit: Kit) -> None:
    """A name that nobody gave is new, and hard to guess."""
    client = kit.client("http://127.0.0.1:9", KEY)
    names = {client.session().id for _ in range(50)}

    assert len(names) == 50
    assert all(len(name) == 34 for name in names)


def test_an_approval_is_looked_at(kit: Kit, real: Real) -> None:
    """The status of an approval is told, at once or when people decided; never more than that."""
    with in_session(kit, real) as session:
        asked = kit.run(session.check("pay", {"amount": 500}))
        client = kit.client(None, real.key, uds=real.uds)
        before = kit.run(client.approval(asked.approval.id))
        real.answer(asked.approval.id)
        after = kit.run(client.approval(asked.approval.id, wait_s=50))
        resumed = kit.run(
            session.check("pay", {"amount": 500}, call_id=asked.call_id, approval=asked.approval.id)
        )
        used = kit.run(client.approval(asked.approval.id))
        nobody = kit.run(client.approval("apr_nothing"))
        odd = kit.run(client.approval("../../v1/keys"))
        kit.run(client.close())

    assert (before.status, before.approved) == ("pending", False)
    assert before.needs == asked.approval.needs
    assert (after.status, after.approved) == ("approved", True)
    assert (resumed.effect, resumed.reason) == ("allow", "approved")
    assert used.status == "used"
    assert (nobody.status, nobody.approved) == ("unknown", False)
    assert "HTTP status 404" in nobody.message
    assert odd.status == "unknown"


def test_a_hold_ends_with_the_answer_of_a_person(kit: Kit, real: Real) -> None:
    """A question that waits is answered as soon as a person decided."""
    with in_session(kit, real, timeout=30) as session:
        first = kit.run(session.check("pay", {"amount": 500}, call_id="held"))
        timer = threading.Timer(0.3, real.answer, [first.approval.id])
        timer.start()
        held = kit.run(session.check("pay", {"amount": 500}, call_id="held", wait_s=50))
        timer.join()

    assert first.effect == "ask"
    assert (held.effect, held.reason) == ("allow", "approved")


def test_a_hold_extends_the_time_out(kit: Kit) -> None:
    """`wait_s` comes on top of the time-out, so that a hold does not end as a fault."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY, timeout=0.2)
        scripted.script[:] = [Reply(late=0.8)]
        refused = kit.run(client.check("pay", {}))
        scripted.script[:] = [Reply(late=0.8)]
        allowed = kit.run(client.check("pay", {}, wait_s=50))
        kit.run(client.close())

    assert refused.reason == "unreachable"
    assert allowed.allowed
    assert scripted.asked[1]["wait_s"] == 50


def test_the_block_of_a_session_is_left_as_it_was_entered(kit: Kit) -> None:
    """Sessions nest, and an exception leaves the outer one current."""
    client = kit.client("http://127.0.0.1:9", KEY)
    outer, inner = client.session(), client.session()
    seen: list[Session | AsyncSession | None] = []
    with outer:
        with suppress(ZeroDivisionError), inner:
            seen.append(current_session())
            raise ZeroDivisionError
        seen.append(current_session())
    seen.append(current_session())

    assert seen == [inner, outer, None]
