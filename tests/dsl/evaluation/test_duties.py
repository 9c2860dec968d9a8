"""What rules require along with a call: where it is not surely met, the call is refused."""

from typing import Any

import pytest

from dsl.model import Effect, Obligation, Verdict
from dsl.session.session import Session
from dsl.state import Outcome
from tests.dsl.making import NOW, call, decide, policy

RAN, FAILED, RESERVED = Outcome.EXECUTED, Outcome.FAILED, Outcome.RESERVED


def after(*calls: tuple[str, Outcome], server: str | None = None) -> Session:
    """Return a session in which these calls were made."""
    state = Session()
    for tool, outcome in calls:
        state.ran(call(tool, server=server), NOW, {}, outcome)
    return state


def judged(rules: str, *calls: tuple[str, Outcome]) -> Verdict:
    return decide(rules, state=after(*calls))


BEFORE = "rule r: allow send require check before;"
AFTER = "rule r: allow send require log after;"


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], "deny"),
        ([("check", RAN)], "allow"),
        ([("check", RESERVED)], "deny"),
        ([("check", FAILED)], "deny"),
        ([("check", FAILED), ("check", RAN)], "allow"),
        ([("other", RAN)], "deny"),
    ],
)
def test_what_must_come_before_surely_came(calls: Any, expected: str) -> None:
    """A tool that is required before must have given a result that is no error."""
    assert expected == judged(BEFORE, *calls).effect


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], "allow"),  # there is no earlier call to follow up
        ([("log", RAN)], "allow"),
        ([("send", RAN)], "deny"),
        ([("send", RAN), ("log", RAN)], "allow"),
        ([("log", RAN), ("send", RAN)], "deny"),
        ([("send", RAN), ("log", RESERVED)], "deny"),
        ([("send", RAN), ("log", FAILED)], "deny"),
        ([("send", RESERVED)], "deny"),
        ([("send", RESERVED), ("log", RAN)], "allow"),
        ([("log", RAN), ("send", RESERVED)], "deny"),
        ([("send", RAN), ("log", RAN), ("send", RAN)], "deny"),
    ],
)
def test_what_must_come_after_followed_each_earlier_call(calls: Any, expected: str) -> None:
    """A call that was not followed up stops the next one of its tool."""
    assert expected == judged(AFTER, *calls).effect


@pytest.mark.parametrize("rules", [BEFORE, AFTER, BEFORE.replace("allow", "ask")])
def test_without_any_state_nothing_is_met(rules: str) -> None:
    """Where nobody keeps state, a requirement refuses the call."""
    assert decide(rules).effect is Effect.DENY


def test_a_refusal_says_what_is_missing() -> None:
    """The reason names the rule and the tool that must be called."""
    verdict = judged('rule r: allow send require check before reply "Look first.";')

    (reason,) = verdict.reasons
    expected = ("r", "`check` must be called before it", "Look first.")
    assert expected == (reason.rule, reason.detail, verdict.reply)


def test_what_is_still_to_be_done_is_named() -> None:
    """Messages and calls that must follow are obligations, each once; a refusal has none."""
    rules = 'rule r: {} send require notify("security"), log after, check before;'

    done = judged(rules.format("allow"), ("check", RAN))
    expected = (
        Obligation("notification", "security", "p", "r"),
        Obligation("call_after", "log", "p", "r"),
    )
    assert expected == done.obligations
    assert judged(rules.format("allow")).obligations == ()
    asked = judged(rules.format("ask"), ("check", RAN))
    assert (Effect.ASK, expected) == (asked.effect, asked.obligations)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rule a: allow send priority 1; rule r: allow send require check before;", "allow"),
        ("rule a: allow send; rule r: allow send require check before;", "deny"),
        ("rule a: allow send; rule r: allow send when 1 == 2 require check before;", "allow"),
        ("rule a: allow send; rule r: allow send when args.x == 1 require check before;", "allow"),
        ("rule a: allow send; rule r: ask send when args.x == 1 require check before;", "deny"),
        ("rule a: ask send; rule r: ask send require check before;", "deny"),
        ("rule a: allow send require check before; rule r: ask send when args.x == 1;", "deny"),
        ("rule a: allow send; rule r: allow send require check before mode shadow;", "allow"),
    ],
)
def test_the_rules_that_act_require(rules: str, expected: str) -> None:
    """Winning rules require, unknown ones that join, and those that an unknown ask joins."""
    assert expected == judged(rules).effect


def test_every_policy_requires() -> None:
    """An allow of one policy is refused where another policy's requirement is not met."""
    extra = "overlay o version 1; rule r: ask send when args.n > 5 require check before;"

    assert decide("rule a: allow send;", extra, args={"n": 9}, state=after()).effect == "deny"
    assert decide("rule a: allow send;", extra, args={"n": 1}, state=after()).effect == "allow"
    both = "policy q version 1; rule r: allow send require check before;"
    assert decide("rule k: ask send;", both, state=after()).effect == "deny"
    assert decide("rule k: ask send;", both, state=after(("check", RAN))).effect == "ask"


def test_each_requirement_has_steps_of_its_own() -> None:
    """Many requirements over a long session are looked at one by one."""
    state = after(*[("check", RAN)] * 2_000)
    rules = "".join(f"rule r{n}: allow send require check before;" for n in range(30))

    assert decide(rules, state=state).effect is Effect.ALLOW


def test_a_tool_is_required_on_any_server_or_on_one() -> None:
    """A required tool is named as in selectors, without globs."""
    state = after(("check", RAN), server="hub")

    for tool, expected in (("check", "allow"), ("hub/check", "allow"), ("other/check", "deny")):
        rules = f"rule r: allow send require {tool} before;"
        assert expected == decide(rules, state=state).effect
    with pytest.raises(Exception, match="one tool is named here"):
        policy("rule r: allow send require check* before;")


def test_a_changed_call_is_asked_the_same() -> None:
    """What the changed call requires must be met too."""
    rules = """
      rule r: allow send with set(args.n, 1);
      rule s: allow send when args.n == 1 require check before;
    """

    assert decide(rules, args={"n": 5}, state=after()).effect is Effect.DENY
    verdict = decide(rules, args={"n": 5}, state=after(("check", RAN)))
    assert verdict.changed == {"n": 1}
