"""A guarded function runs only as the gateway decides; what it did is the oracle."""

from decimal import Decimal
from typing import Any

import pytest

from drawbar import Client, Decision, Denied, Pending, Withheld, guard
from drawbar.core import Core
from drawbar.handing import handed
from drawbar.questions import Question
from tests.sdk.kit import Kit, in_session
from tests.sdk.real import Real
from tests.sdk.scripted import GOOD, HANG_UP, KEY, Reply, serving
from tests.sdk.test_client import CASES, Case

CARD = "4111 1111 1111 1111"


def test_what_is_allowed_runs_once_and_is_reported(kit: Kit, real: Real) -> None:
    """The function runs with its arguments, its result is returned, and the session knows both."""
    with in_session(kit, real) as session:
        answer = kit.tool(gives={"paid": 5}, name="pay")(amount=5)
        seen = real.look(session.id)

    assert kit.did == [{"amount": 5}]
    assert answer == {"paid": 5}
    assert len(seen["calls"]) == 1
    record = real.records(seen["calls"][0])
    assert [one.phase for one in record] == ["result", "call"]


def test_what_is_denied_does_not_run(kit: Kit, real: Real) -> None:
    """A deny is `Denied` with the words for the agent, and the tool did nothing."""
    with (
        in_session(kit, real),
        pytest.raises(Denied, match=r"^Nothing is erased here\.$") as denied,
    ):
        kit.tool(name="erase")(what="all")

    assert kit.did == []
    assert denied.value.decision.reason == "rule"


def test_denied_often_the_agent_is_told_to_stop(kit: Kit, real: Real) -> None:
    """From the third identical denial on, the exception says the gateway's final words."""
    said = []
    with in_session(kit, real):
        for _ in range(3):
            with pytest.raises(Denied) as denied:
                kit.tool(name="erase")(what="all")
            said.append(str(denied.value))

    assert said[0] == said[1] == "Nothing is erased here."
    assert denied.value.decision.message == "Nothing is erased here."
    assert denied.value.decision.display is not None
    assert said[2] == denied.value.decision.display["text"] != said[0]


def test_an_ask_runs_after_a_person_approved(kit: Kit, real: Real) -> None:
    """Where people are asked the tool waits for their yes, and runs once on it."""
    with in_session(kit, real):
        with pytest.raises(Pending) as asked:
            kit.tool(gives="paid", name="pay")(amount=500)
        with pytest.raises(Pending) as again:
            kit.run(asked.value.resume())
        before = list(kit.did)
        approval = again.value.approval
        assert approval is not None
        real.answer(approval.id)
        answer = kit.run(again.value.resume())
        with pytest.raises((Pending, Denied)):
            kit.run(again.value.resume())

    assert before == []
    assert answer == "paid"
    assert kit.did == [{"amount": 500}]


def test_an_ask_that_a_person_rejected_is_denied(kit: Kit, real: Real) -> None:
    """A no is `Denied`, and nothing ran."""
    with in_session(kit, real):
        with pytest.raises(Pending) as asked:
            kit.tool(name="pay")(amount=500)
        approval = asked.value.approval
        assert approval is not None
        real.answer(approval.id, "reject")
        with pytest.raises(Denied) as denied:
            kit.run(asked.value.resume())

    assert denied.value.decision.reason == "rejected"
    assert kit.did == []


def test_changed_arguments_are_the_ones_that_run(kit: Kit, real: Real) -> None:
    """The tool never sees what it was called with where rules changed it."""
    with in_session(kit, real):
        kit.tool(name="search")(limit=5000, query=("a", 1.5))

    assert kit.did == [{"limit": 100, "query": ("a", 1.5)}]


def test_changed_arguments_that_do_not_fit_never_run(kit: Kit, real: Real) -> None:
    """A change that the function cannot take is `Denied`; the call is told never to have run."""

    def one(what: str) -> None:
        kit.did.append(what)

    async def one_later(what: str) -> None:
        kit.did.append(what)

    function = one if kit.kind == "blocking" else one_later
    with in_session(kit, real) as session:
        with pytest.raises(Denied, match="the function has no `unheard`") as denied:
            kit.made(function, name="cap")("x")
        calls = real.look(session.id)["calls"]

    assert denied.value.decision.reason == "unsupported_obligation"
    assert kit.did == []
    assert calls == []


def test_a_changed_result_is_what_is_returned(kit: Kit, real: Real) -> None:
    """What rules take out of a result the caller never sees."""
    with in_session(kit, real):
        answer = kit.tool(gives={"text": f"card {CARD}", "n": 1.5}, name="lookup")()

    assert CARD not in str(answer)
    assert answer["n"] == 1.5
    assert isinstance(answer["n"], float)
    assert kit.did == [{}]


def test_a_withheld_result_is_not_returned(kit: Kit, real: Real) -> None:
    """The tool ran, and its result is `Withheld`; the exception does not hold it."""
    with in_session(kit, real), pytest.raises(Withheld, match="it is a secret") as withheld:
        kit.tool(gives="the secret", name="leak")()

    assert kit.did == [{}]
    assert "the secret" not in repr(withheld.value.observed)
    assert withheld.value.__context__ is None


def test_an_exception_is_reported_and_raised(kit: Kit, real: Real) -> None:
    """What the tool raises is raised, and the session knows that the call failed."""
    with in_session(kit, real) as session:
        with pytest.raises(KeyError, match="nobody"):
            kit.tool(fails=KeyError("nobody"), name="lookup")()
        calls = real.look(session.id)["calls"]

    assert kit.did == [{}]
    assert [one.phase for one in real.records(calls[0])] == ["result", "call"]


def test_an_exception_that_may_not_be_shown_is_withheld(kit: Kit, real: Real) -> None:
    """Rules judge what an exception says; a withheld one leaves no trace in what is raised."""
    error = ValueError("wrong password hunter2")
    with in_session(kit, real), pytest.raises(Withheld) as withheld:
        kit.tool(fails=error, name="fail")()

    assert kit.did == [{}]
    assert "hunter2" not in str(withheld.value)
    assert withheld.value.__cause__ is None
    assert withheld.value.__context__ is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()], ids=["ctrl-c", "exit"])
def test_what_ends_the_program_is_not_held_up(real: Real, error: BaseException) -> None:
    """An interrupt is passed on at once; the call stays counted as one that may have run."""
    with Client(uds=real.uds, key=real.key, timeout=60) as client, client.session() as session:

        @guard(name="lookup")
        def interrupted() -> None:
            raise error

        with pytest.raises(type(error)):
            interrupted()
        calls = real.look(session.id)["calls"]

    assert len(calls) == 1
    assert [one.phase for one in real.records(calls[0])] == ["call"]


def test_a_dead_gateway_denies(kit: Kit) -> None:
    """Without a gateway nothing runs."""
    client = kit.client("http://127.0.0.1:9", "k", timeout=5)
    with client.session(), pytest.raises(Denied) as denied:
        kit.tool(name="pay")(amount=5)
    kit.run(client.close())

    assert denied.value.decision.reason == "unreachable"
    assert kit.did == []


def test_what_json_cannot_hold_does_not_run(kit: Kit, real: Real) -> None:
    """An argument without a JSON form cannot be judged: denied, by its place."""
    with in_session(kit, real), pytest.raises(Denied, match="`/args/amount`") as denied:
        kit.tool(name="pay")(amount=object())

    assert denied.value.decision.reason == "invalid_call"
    assert kit.did == []


def test_a_result_json_cannot_hold_is_withheld_unless_it_is_turned_into_json(
    kit: Kit, real: Real
) -> None:
    """Nobody could judge such a result; `to_json` says what the gateway is told of it."""
    value = {1, 2}
    with in_session(kit, real):
        with pytest.raises(Withheld, match="the set at"):
            kit.tool(gives=value, name="lookup")()
        answer = kit.tool(gives=value, name="lookup", to_json=sorted)()
        with pytest.raises(Withheld, match="`to_json` failed with ZeroDivisionError"):
            kit.tool(gives=value, name="lookup", to_json=lambda _: 1 // 0)()
        changed = kit.tool(gives={CARD}, name="lookup", to_json=list)()

    assert answer is value
    assert len(kit.did) == 4
    assert CARD not in str(changed)


def test_what_was_judged_is_what_runs(
    kit: Kit, real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments that somebody changes after the decision are not the ones that run."""
    notes = ["harmless"]
    asked = Core.check

    async def check(self: Core[Any], question: Question) -> Decision:
        decision = await asked(self, question)
        notes.append("evil")
        return decision

    monkeypatch.setattr(Core, "check", check)
    with in_session(kit, real):
        kit.tool(name="mail")(notes=notes)

    assert kit.did == [{"notes": ["harmless"]}]
    assert notes == ["harmless", "evil"]


def test_a_decimal_and_a_float_stay_what_they_are(kit: Kit, real: Real) -> None:
    """A change elsewhere in the call leaves the caller's own values as they were."""
    given = {"exact": Decimal("1.10"), "near": 0.1, "pair": (1, 2.0)}
    with in_session(kit, real):
        kit.tool(name="search")(limit=101, **given)

    (ran,) = kit.did
    assert ran == {"limit": 100, **given}
    assert [type(one) for one in ran.values()] == [int, Decimal, float, tuple]


def test_counting_rules_count_guarded_calls(kit: Kit, real: Real) -> None:
    """Calls of one session are counted; the third is denied."""
    with in_session(kit, real):
        tool = kit.tool(name="count")
        tool()
        tool()
        with pytest.raises(Denied):
            tool()

    assert len(kit.did) == 2


def test_what_the_client_cannot_do_along_with_the_call_denies(kit: Kit, real: Real) -> None:
    """A guarded function tells nobody anything: a call that requires it does not run."""
    with in_session(kit, real), pytest.raises(Denied) as denied:
        kit.tool(name="tell")()

    assert denied.value.decision.reason == "unsupported_obligation"
    assert kit.did == []


def test_a_duty_that_the_session_keeps_is_no_duty_of_the_client(kit: Kit, real: Real) -> None:
    """`require tidy after` lets the first call pass; the next waits until the tool was called."""
    with in_session(kit, real) as session:
        first = kit.run(session.check("wipe", {"n": 0}))
        kit.run(session.result(first.call_id, "done"))
        with pytest.raises(Denied):
            kit.tool(name="wipe")(n=1)
        kit.tool(name="tidy")(n=2)
        kit.tool(name="wipe")(n=3)

    assert first.allowed
    assert [(one.type, one.properties["to"]) for one in first.obligations] == [
        ("call_after", "tidy")
    ]
    assert kit.did == [{"n": 2}, {"n": 3}]


def test_the_tool_hands_its_session_on(kit: Kit, real: Real) -> None:
    """What a tool asks of a seat behind it may name the session; afterwards nothing is handed."""
    seen: list[Any] = []

    def look() -> None:
        seen.append(handed())

    async def look_later() -> None:
        seen.append(handed())

    with in_session(kit, real) as session:
        kit.made(look if kit.kind == "blocking" else look_later, name="lookup")()

    assert [one.session for one in seen] == [session.id]
    assert handed() is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whatever_a_gateway_answers_only_an_allow_runs(kit: Kit, case: Case) -> None:
    """Each fault that denies a question keeps a guarded function from running."""
    with serving() as scripted:
        timeout = 0.5 if "within" in case.says else 30
        client = kit.client(scripted.url, KEY, timeout=timeout)
        scripted.script[:] = [case.reply] * case.attempts
        with client.session(), pytest.raises(Denied) as denied:
            kit.tool(name="pay")(amount=5)
        kit.run(client.close())

    assert denied.value.decision.reason == "unreachable"
    assert kit.did == []


@pytest.mark.parametrize("reply", [HANG_UP, Reply(status=500), Reply(missing=1), Reply(raw=b"x")])
def test_a_gateway_that_dies_before_the_result_is_told_withholds_it(kit: Kit, reply: Reply) -> None:
    """The tool ran; what it gave back nobody judged, so nobody sees it."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY, timeout=30)
        scripted.script[:] = [GOOD, reply, reply, reply]
        with client.session(), pytest.raises(Withheld) as withheld:
            kit.tool(name="pay", gives="secret")(amount=5)
        kit.run(client.close())

    assert kit.did == [{"amount": 5}]
    assert "secret" not in str(withheld.value)
    assert withheld.value.observed.reason == "unreachable"
