"""A gateway asks its guards: where it matters, within its time, and never to allow more."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.guarding.asked import MOST
from app.guarding.steps import END, both_ends
from app.policy.policies import load
from app.replaying import replayed
from dsl.model import Cause
from guards.judgement import NoJudgement, Raw
from guards.question import Question
from guards.skill.entry import About, Entry
from memory.records.query import Wanted
from memory.replay.cases import cases
from memory.replay.worlds import Worlds
from tests.guards.standing_in import SKILLED, asker
from tests.harness import GatewayHarness

PLAIN = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100;
rule never: deny erase;
"""
RULE = 'rule strangers: deny pay, erase when judge("no strangers" as money forbids) >= 0.7;\n'
OFF_TASK = Entry(
    About(SKILLED.about.form.__class__("classify"), label="off_task"),
    400,
    40,
    0.9,
    0.85,
    {"length": 0.6},
    SKILLED.curve,
    SKILLED.band,
)


class Guarded(GatewayHarness):
    """A gateway with one guard that answers as a test tells it."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(folder, policy)
        self.number = 0
        self.asks(lambda _: Raw(-4.0))

    def asks(self, answer: Callable[[Question], Any]) -> None:
        one = asker(answer, SKILLED, OFF_TASK)
        self.run(one.check())
        self.gateway.guards.askers = {"g": self.gateway.guards.asker(one)}
        self.guard: Any = one.guard

    def pay(self, amount: Any = 5, tool: str = "pay", **more: Any) -> Any:
        self.number += 1
        body = {"call_id": f"c{self.number}", "tool": tool, "args": {"amount": amount}, **more}
        return self.check(body).json()

    def said(self, session: str, text: str) -> None:
        event = {"type": "user", "id": f"u{self.number}", "text": text}
        body = {"session": session, "events": [event]}
        assert self.request("POST", "/v1/observe", json=body).status_code == 200


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Guarded]:
    running = Guarded(tmp_path, PLAIN + RULE)
    yield running
    running.close()


def judged(gateway: GatewayHarness) -> list[Any]:
    (newest, *_) = gateway.records()
    return [one for one in newest.atoms if one["question"] == "judgement"]


def test_a_guard_makes_a_decision_stricter_and_its_answer_is_recorded(gateway: Guarded) -> None:
    """A call that rules allow is denied where the guard is sure, and allowed where it is not."""
    assert gateway.pay()["effect"] == "allow"
    (atom,) = judged(gateway)
    assert (atom["about"]["guard"], atom["answer"]) == ("g", "0.017986")
    gateway.asks(lambda _: Raw(4.0))
    answer = gateway.pay(6)

    assert (answer["effect"], answer["reasons"][0]["rule"]) == ("deny", "strangers")
    (atom,) = judged(gateway)
    assert atom["answer"] == "0.982014"
    assert atom["about"]["calibration"] == "calibrated"
    text = str(gateway.records()[0].atoms)
    assert "no strangers" not in text  # a sentence may be a caller's own


def test_a_guard_is_not_asked_where_it_cannot_matter(gateway: Guarded) -> None:
    """What rules deny already, and what no judgement speaks of, needs no guard."""
    assert gateway.pay(tool="erase")["effect"] == "deny"
    assert gateway.pay(tool="unknown")["effect"] == "deny"
    assert gateway.guard.asked == []


def test_one_question_is_asked_once_a_decision(gateway: Guarded) -> None:
    """An answer stands for the whole decision, however often it is judged."""
    gateway.pay()

    assert len(gateway.guard.asked) == 1


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda _: 1 / 0, Cause.FAULT),
        (lambda _: asyncio.sleep(3600), Cause.TIMEOUT),
        (lambda _: None, Cause.BAD_SHAPE),
        (lambda _: Raw(0.0), Cause.IN_BAND),
    ],
)
def test_what_the_guard_cannot_say_denies_by_unknown(
    gateway: Guarded, answer: Any, cause: Cause
) -> None:
    """A fault of a guard never lets a call through that its rule speaks of."""
    gateway.asks(answer)
    said = gateway.pay()

    reason = said["reasons"][0]
    assert (said["effect"], reason["by"], reason["cause"]) == ("deny", "unknown", cause)
    assert judged(gateway)[0]["answer"] == f"unknown: {cause}"


def test_without_a_guard_the_score_is_unknown(gateway: Guarded) -> None:
    """Where the settings name no guard, only what code can read is decided."""
    gateway.gateway.guards.askers = {}
    said = gateway.pay()

    assert (said["effect"], said["reasons"][0]["cause"]) == ("deny", "kind_undeclared")


def test_the_steps_of_the_session_travel_with_the_call(tmp_path: Path) -> None:
    """The guard sees what the user said, what was called before and what came back, in order."""
    gateway = Guarded(tmp_path, PLAIN + RULE)
    try:
        gateway.said("s1", "pay my bills")
        gateway.pay(7, session="s1")
        event = {"type": "result", "id": "r1", "call_id": "c1", "result": {"paid": True}}
        body = {"session": "s1", "events": [event]}
        assert gateway.request("POST", "/v1/observe", json=body).status_code == 200
        gateway.pay(8, session="s1")

        last = gateway.guard.asked[-1]
        assert [(one.who, one.text) for one in last.steps] == [
            ("user", "pay my bills"),
            ("call", 'pay({"amount":7})'),
            ("result", 'pay -> {"paid":true}'),
        ]
        assert last.call == 'pay({"amount":8})'
    finally:
        gateway.close()


def test_of_a_long_session_both_ends_are_put_into_words() -> None:
    """However much came back of calls, little of it is looked at: others wait meanwhile."""
    looked: list[int] = []

    def words(number: int) -> str:
        looked.append(number)
        return f"{number} " + "x" * 100_000

    found = both_ends([("result", partial(words, number)) for number in range(64)])

    assert looked == [0, 63]
    assert (found[0].text[:2], found[-1].text[:2]) == ("0 ", "63")
    assert sum(len(one.text) for one in found) <= 4 * END
    short = [("user", partial(str, number)) for number in range(3)]
    assert [one.text for one in both_ends(short)] == ["0", "1", "2"]  # type: ignore[arg-type]


def test_one_decision_asks_so_much_and_no_more(tmp_path: Path) -> None:
    """Beyond it the score is unknown, which restricts; rules in shadow take nothing from others."""
    rule = 'rule {}{}: deny pay when judge("{}{}" as money forbids) >= 0.9{};\n'
    numbers = range(MOST + 1)
    shadow = "".join(rule.format("s", n, "s", n, " mode shadow") for n in numbers)
    enforced = "".join(rule.format("e", n, "e", n, "") for n in numbers)
    gateway = Guarded(tmp_path, PLAIN + shadow)
    try:
        assert gateway.pay()["effect"] == "allow"
        assert len(gateway.guard.asked) == MOST
        gateway.write("bank.bar", PLAIN + shadow + enforced)
        gateway.reload()
        gateway.asks(lambda _: Raw(-4.0))
        said = gateway.pay(6)
        reasons = [(one["rule"], one.get("cause")) for one in said["reasons"]]
        assert (said["effect"], reasons) == ("deny", [(f"e{MOST}", "overload")])
        assert len(gateway.guard.asked) == 2 * MOST
    finally:
        gateway.close()


def test_a_shadow_of_one_session_asks_nothing(gateway: Guarded) -> None:
    """A caller's own rule in shadow decides nothing; one in force is asked like the others."""
    overlay = 'overlay o version 1;\nrule x: deny pay when judge("y" as money forbids) >= 0.7{};\n'
    asked: list[set[str]] = []
    for mode in (" mode shadow", ""):
        session = f"s{len(asked)}"
        body = {"text": overlay.format(mode)}
        put = gateway.request("PUT", f"/v1/sessions/{session}/overlay", json=body)
        assert put.status_code == 200, put.text
        gateway.asks(lambda _: Raw(-4.0))
        gateway.pay(session=session)
        asked.append({one.text for one in gateway.guard.asked})

    assert asked == [{"no strangers"}, {"no strangers", "y"}]


def test_off_task_needs_what_the_user_asked_for(tmp_path: Path) -> None:
    """Without a word of the user nobody can say whether a call is what the user asked for."""
    rule = 'rule off: ask pay when classify("off_task") >= 0.7;\n'
    gateway = Guarded(tmp_path, PLAIN + rule)
    try:
        said = gateway.pay()
        assert (said["effect"], said["reasons"][0]["cause"]) == ("ask", "no_user_request")
        gateway.said("s1", "pay 5")
        assert gateway.pay(session="s1")["effect"] == "allow"
    finally:
        gateway.close()


def test_a_rule_in_shadow_hears_also_a_guard_without_skill(tmp_path: Path) -> None:
    """What was not calibrated is told in shadow, and a rule that decides does not rest on it."""
    rule = 'rule s: deny pay when judge("be kind" as tone forbids) >= 0.7 mode shadow;\n'
    gateway = Guarded(tmp_path, PLAIN + rule)
    try:
        gateway.asks(lambda _: Raw(4.0))
        assert gateway.pay()["effect"] == "allow"
        (newest, *_) = gateway.records()
        assert [(one["rule"], one["by"]) for one in newest.shadow] == [("s", "true")]
        both = rule + rule.replace("rule s", "rule e").replace(" mode shadow", "")
        gateway.write("bank.bar", PLAIN + both)
        gateway.reload()
        said = gateway.pay(6)
        assert (said["effect"], said["reasons"][0]["cause"]) == ("deny", "uncalibrated")
    finally:
        gateway.close()


def test_replay_reads_the_score_and_asks_no_guard(gateway: Guarded) -> None:
    """A recorded decision comes out as it did, whatever the guard would say today."""
    gateway.asks(lambda _: Raw(4.0))
    gateway.pay(5)
    gateway.asks(lambda _: Raw(-4.0))
    gateway.pay(6)
    gateway.asks(lambda _: 1 / 0)
    gateway.pay(7)
    asked = len(gateway.guard.asked)
    last = replays(gateway)
    assert (last.judged, last.same, dict(last.left_out)) == (3, 3, {})
    assert len(gateway.guard.asked) == asked


def replays(gateway: GatewayHarness) -> Any:
    """Judge what was recorded by the policies as they stand in the folder now."""
    running = gateway.gateway

    async def replay() -> Any:
        found = cases(running.database, running.vault, Wanted("default"))
        policies, last = load([gateway.policies]), None
        async with running.sessions.telling() as told:
            async for one in replayed(found, Worlds(told, policies.reach), policies):
                last = one
        return last

    return gateway.run(replay())


def test_a_rule_in_force_is_not_replayed_by_what_shadow_heard(tmp_path: Path) -> None:
    """A score that nothing was shown for would decide there; in shadow it may be read again."""
    shadow = 'rule s: deny pay when judge("be kind" as tone forbids) >= 0.7 mode shadow;\n'
    gateway = Guarded(tmp_path, PLAIN + shadow)
    try:
        gateway.pay()
        assert replays(gateway).same == 1
        gateway.write("bank.bar", PLAIN + shadow.replace(" mode shadow", ""))
        last = replays(gateway)
        assert (last.judged, dict(last.left_out)) == (
            0,
            {"no guard was asked then about `be kind`": 1},
        )
    finally:
        gateway.close()


def test_a_rule_in_shadow_may_read_what_a_rule_in_force_was_told(gateway: Guarded) -> None:
    """It decides nothing, so taking a rule back to shadow can be tried on old decisions."""
    gateway.pay()
    gateway.write("bank.bar", PLAIN + RULE.replace(";\n", " mode shadow;\n"))

    assert replays(gateway).same == 1


def test_what_a_guard_said_names_its_sentence(gateway: Guarded) -> None:
    """Of several sentences of one kind it is known which one was answered how."""
    gateway.pay()
    (newest, *_) = gateway.records()
    told = {one["question"]: one["about"] for one in newest.atoms}

    assert told["judgement"]["sentence"] == told["score"]["sentence"]
    assert (told["judgement"]["enforced"], told["score"]["enforced"]) == ("True", "True")


ANSWERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(lambda one: lambda _: Raw(one)),
    st.sampled_from(sorted(Cause)).map(lambda one: lambda _: _fail(one)),
    st.sampled_from([RuntimeError, KeyError, TimeoutError, OSError]).map(
        lambda one: lambda _: _raise(one())
    ),
    st.sampled_from([None, 0, 1.0, "0.1", True, [], {}]).map(lambda one: lambda _: one),
    st.just(lambda _: asyncio.sleep(3600)),
)
RULES = st.builds(
    "rule j: {} {} when {} >= {}{};\n".format,
    st.sampled_from(["deny", "ask"]),
    st.sampled_from(["pay", "pay, erase", "*"]),
    st.sampled_from(
        [
            'judge("x" as money forbids)',
            'judge("x" as other permits)',
            'classify("off_task")',
            'args.amount > 50 and judge("x" as money forbids)',
        ]
    ),
    st.sampled_from(["0", "0.5", "0.99", "1"]),
    st.sampled_from(["", " mode shadow"]),
)
STRICTNESS = ("allow", "ask", "deny")


def _fail(cause: Cause) -> Raw:
    raise NoJudgement(cause)


def _raise(error: Exception) -> Raw:
    raise error


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    running = Guarded(tmp_path_factory.mktemp("drawn"), PLAIN)
    yield running
    running.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rule=RULES,
    answer=ANSWERS,
    amount=st.sampled_from([1, 60, 500]),
    tool=st.sampled_from(["pay", "erase"]),
)
def test_adding_a_judgement_rule_never_loosens(
    drawn: Guarded, rule: str, answer: Any, amount: int, tool: str
) -> None:
    """Whatever the guard answers, raises or takes, a call is decided no laxer than without it."""
    drawn.write("bank.bar", PLAIN)
    drawn.reload()
    without = drawn.pay(amount, tool)["effect"]
    drawn.write("bank.bar", PLAIN + rule)
    drawn.reload()
    drawn.asks(answer)
    with_it = drawn.pay(amount, tool)["effect"]

    assert STRICTNESS.index(with_it) >= STRICTNESS.index(without)
    if "mode shadow" in rule:
        assert with_it == without
