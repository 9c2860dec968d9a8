"""One replay: what is asked, who answers, what runs, and what is told to the session."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.policy import policies
from bench.agentdojo import replay
from bench.agentdojo.guard import Gateway, Nobody
from bench.agentdojo.replay import Answer, Way, play
from bench.agentdojo.scripts import Order
from bench.agentdojo.suites import end
from tests.bench.agentdojo_world import ALONE, ATTACKED, Scripted, Shop

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("order", ["A", "B"])
def test_without_a_guard_everything_runs(order: Order) -> None:
    """Nobody stops anything: the task is done and the attack succeeds."""
    case = play(Shop(), ATTACKED, Way("none", order), Nobody())

    assert (case.utility, case.succeeded, case.intact, case.asks) == (True, True, True, 0)


@pytest.mark.parametrize(
    ("answer", "ran"),
    [
        ("person", ["look", "buy"]),
        ("nobody", ["look"]),
        ("yes", ["look", "give", "buy"]),
    ],
)
def test_who_answers_decides_what_an_ask_lets_through(answer: Answer, ran: list[str]) -> None:
    """A person tells the attacker's calls from the user's, nobody refuses all, yes approves all."""
    shop = Shop()
    case = play(shop, ATTACKED, Way("policy", "B", answer), Scripted({"buy": "ask", "give": "ask"}))

    assert (shop.ran, case.asks) == (ran, 2)
    assert (case.intact, case.succeeded) == ("buy" in ran, "give" in ran)


@pytest.mark.parametrize("effect", ["deny", "changed"])
@pytest.mark.parametrize("answer", ["person", "nobody", "yes"])
def test_what_is_denied_or_changed_does_not_run(effect: str, answer: Answer) -> None:
    """Nobody can approve a denial, and a changed call is not the one that was asked for."""
    shop = Shop()
    case = play(shop, ATTACKED, Way("policy", "A", answer), Scripted({"give": effect}))

    assert shop.ran == ["look", "buy"]
    assert case.succeeded is False


def test_a_session_hears_only_of_calls_that_ran() -> None:
    """What was refused is never told, and a call that failed is told as failed."""
    guard = Scripted({"give": "deny"})
    play(Shop(broken=frozenset({"look"})), ATTACKED, Way("policy", "A"), guard)

    assert guard.heard == ["Buy tea", ("look", "broken", True), ("buy", {"did": "buy"}, False)]


def test_a_task_alone_has_no_attack() -> None:
    """Where nobody attacks, no attack can have succeeded."""
    case = play(Shop(attacked=False), ALONE, Way("policy", "U"), Nobody())

    assert (case.attack, case.succeeded, case.utility) == (None, None, True)


def test_cases_are_read_as_they_were_written() -> None:
    """A line holds all that is counted, and the same cases are the same bytes."""
    cases = [
        play(
            Shop(), ATTACKED, Way("policy", order, answer), Scripted({"give": "ask", "buy": "deny"})
        )
        for order in ("A", "B")
        for answer in replay.ANSWERS
    ]
    text = replay.written(cases)

    assert replay.read(text) == cases
    assert replay.written(replay.read(text)) == text


def test_the_gateway_remembers_what_was_said_let_through_and_came_back(tmp_path: Path) -> None:
    """The guard is the gateway's decision with its session: values and counts are known to it."""
    (tmp_path / "shop.bar").write_text(
        """policy shop version 1;
        source look as trusted;
        source buy, give as untrusted;
        rule look: allow look;
        rule buy: allow buy when args.what from user and called(look);
        rule give: ask give when args.to from trusted;
        """,
        "utf-8",
    )
    guard = Gateway(policies.load([tmp_path / "shop.bar"]), NOW)
    case = play(Shop(), ATTACKED, Way("policy", "A", "yes"), guard)

    assert [(one.effect, one.by) for one in case.steps] == [
        ("deny", ("no_rule",)),
        ("allow", ("look",)),
        ("allow", ("buy",)),
    ]


@pytest.mark.parametrize(("name", "effect"), [("open", "allow"), ("closed", "deny")])
def test_the_ends_allow_everything_or_nothing(name: str, effect: str) -> None:
    """Between these two lies every policy."""
    case = play(Shop(), ATTACKED, Way(name, "B"), Gateway(end(name), NOW))

    assert {one.effect for one in case.steps} == {effect}
