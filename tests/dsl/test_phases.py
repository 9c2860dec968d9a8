"""Rules on results and replies: they refuse or change, and where none applies it passes."""

from collections.abc import Mapping
from typing import Any

import pytest

from dsl.interpret import Bound, evaluate_output
from dsl.model import By, Cause, Effect, Reason, ReasonCode, Verdict
from dsl.session.session import Session
from dsl.types import Unreadable
from tests.dsl.making import NOW, call, decide, policy
from tests.expect import expect_error

CARD = "4111 1111 1111 1111"


def came(*texts: str, state: Any = None, tool: str = "get", **content: Any) -> Verdict:
    """Decide what came of a call: `result=...` or `reply=...`."""
    bound = [Bound(policy(text)) for text in texts]
    return evaluate_output(bound, call(tool, {"id": 7}), content, NOW, state or Session())


def replied(text: str) -> Any:
    verdict = came(text, reply=f"Your card is {CARD}.")
    return verdict.changed or verdict.effect


@pytest.mark.parametrize("content", [{"result": {"a": CARD}}, {"reply": CARD}])
@pytest.mark.parametrize("rules", ["", "rule d: deny *;", "default ask;", "rule a: allow get;"])
def test_it_passes_where_no_rule_applies(rules: str, content: Mapping[str, Any]) -> None:
    """The default and the rules on calls say nothing of what comes out of a call."""
    verdict = came(rules, **content)

    reason = Reason(ReasonCode.NO_RULE, Effect.ALLOW, policy="p")
    assert verdict == Verdict(Effect.ALLOW, ReasonCode.NO_RULE, (reason,))


@pytest.mark.parametrize("content", [{"result": 1}, {"reply": "a"}])
def test_nothing_passes_without_a_published_policy(content: Mapping[str, Any]) -> None:
    """Overlays and what is bound for one session decide nothing alone."""
    session_only = Bound(policy("rule r: allow get;"), published=False)

    for bound in ([], [Bound(policy("overlay o version 1;"))], [session_only]):
        verdict = evaluate_output(bound, call(), content, NOW)
        assert (verdict.effect, verdict.code) == (Effect.DENY, ReasonCode.NO_POLICY)


@pytest.mark.parametrize(
    ("condition", "effect", "changed"),
    [
        ("result.n == 1", Effect.DENY, True),
        ("result.n == 2", Effect.ALLOW, False),
        ("result.m == 1", Effect.DENY, True),  # unknown
        ("result.m? == 1", Effect.ALLOW, False),
        ("args.id == 7 and result.n == 1", Effect.DENY, True),
        ('tool == "get"', Effect.DENY, True),
    ],
)
def test_a_result_is_refused_and_changed_by_true_or_unknown(
    condition: str, effect: Effect, changed: Any
) -> None:
    """Nothing is let through as it is because nobody could tell whether it may."""
    result = {"n": 1, "text": CARD}
    refused = came(f"rule r on result: deny get when {condition};", result=result)
    cleaned = came(
        f'rule r on result: allow get when {condition} with redact(result.text, "card");',
        result=result,
    )

    assert effect == refused.effect
    assert ({"n": 1, "text": "[redacted]"} if changed else None) == cleaned.changed
    assert cleaned.effect is Effect.ALLOW


def test_a_change_by_unknown_names_its_rule_and_cause() -> None:
    """The reason says which rule changed it, though nobody knows whether it had to."""
    verdict = came(
        'rule r on result: allow get when result.m == 1 with redact(result.text, "card");',
        result={"text": CARD},
    )

    (reason,) = [one for one in verdict.reasons if one.rule]
    expected = ("r", By.UNKNOWN, Cause.MISSING, "result.m")
    assert expected == (reason.rule, reason.by, reason.cause, reason.path)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('rule r on reply: allow with redact(reply, "card");', "Your card is [redacted]."),
        ('rule r on reply: allow with set(reply, "No.");', "No."),
        ('rule r on reply: deny when detects(reply, "card");', Effect.DENY),
        ('rule r on reply: deny when reply contains "iban";', Effect.ALLOW),
        ('rule r on reply: deny when args.id == 7 or reply contains "card";', None),
        ("rule r on reply: deny when session saw untrusted;", Effect.ALLOW),
    ],
)
def test_a_reply_is_refused_or_changed(rule: str, expected: Any) -> None:
    """`on reply` sees the text that a person is about to read, and no call."""
    if expected is None:
        expect_error(
            """
            rule r on reply: deny when args.id == 7;
                                       ^^^^
            """,
            message="there is no `args` when a reply is judged",
            code="BAR107",
        )
        return
    assert expected == replied(rule)


def test_phases_do_not_see_each_other() -> None:
    """A rule on results says nothing of calls or replies, and the other way round."""
    on_result = "rule a: allow get; rule r on result: deny *;"
    on_reply = "rule a: allow get; rule r on reply: deny;"

    assert decide(on_result, args={}).effect is Effect.DENY  # no rule is for `send`
    assert came(on_result, result=1).effect is Effect.DENY
    assert came(on_result, reply="a").effect is Effect.ALLOW
    assert came(on_reply, result=1).effect is Effect.ALLOW
    assert came(on_reply, reply="a").effect is Effect.DENY
    open_ = 'default allow because "x"; rule r on result: deny *; rule s on reply: deny;'
    assert decide(open_).effect is Effect.ALLOW


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rule d on result: deny get; {}", Effect.DENY),
        ("rule d on result: deny get; {} priority 1", Effect.ALLOW),
        ("rule d on result: deny get priority 1; {}", Effect.DENY),
        ("rule d on result: deny get when result.no == 1; {}", Effect.DENY),
        ("rule d on result: deny get when result.no == 1; {} priority 1", Effect.ALLOW),
    ],
)
def test_priorities_weigh_as_on_calls(rules: str, expected: Effect) -> None:
    """The highest priority wins, at equal priority the strictest, and unknowns join."""
    change = 'rule c on result: allow get with redact(result.text, "card")'

    assert expected == came(rules.format(change) + ";", result={"text": CARD}).effect


def test_each_policy_changes_and_any_refuses() -> None:
    """Policies narrow each other: all their changes are made, and one refusal is enough."""
    first = 'policy a version 1; rule r on result: allow get with redact(result, "card");'
    second = "policy b version 1; rule r on result: allow get with drop(result.id);"
    third = "overlay c version 1; rule r on result: deny get when result.id? == 8;"
    result = {"id": 7, "text": CARD}

    assert came(first, second, third, result=result).changed == {"text": "[redacted]"}
    assert came(first, second, third, result={"id": 8}).effect is Effect.DENY


def test_what_cannot_be_read_is_unknown() -> None:
    """An image is no text: nothing is certain of it, and cleaning takes it out."""
    image = Unreadable("image/png")

    assert came('rule r on result: deny get when result == "a";', result=image).effect == "deny"
    assert came("rule r on result: deny get when present(result);", result=image).effect == "deny"
    redact = came('rule r on result: allow get with redact(result, "card");', result=image)
    assert (redact.effect, redact.changed) == (Effect.ALLOW, "[redacted]")
    assert came("rule r on result: deny other;", result=image).effect is Effect.ALLOW


def test_nothing_given_back_is_absent() -> None:
    """An empty result is missing, and nothing in it can be changed."""
    redact = 'rule r on result: allow get with redact(result, "card");'

    assert came("rule r on result: deny get when result == 1;", result=None).effect == "deny"
    assert came(redact, result=None).effect is Effect.ALLOW
    assert came(redact, result="").changed is None


def test_judgement_joins_on_results_too() -> None:
    """A score may refuse a result, and is asked only where nothing else did."""
    text = 'rule r on result: deny get when classify("injection") >= 0.5;'

    assert came(text, result="a").effect is Effect.DENY
    assert came(text, result="a", state=Session(scores={"injection": 0})).effect is Effect.ALLOW


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        (
            """
            rule r: deny get when result.a == 1;
                                  ^^^^^^
            """,
            "there is no `result` before a call has run",
            None,
        ),
        (
            """
            let big = result.a; rule r: deny get when big == 1;
                                                      ^^^
            """,
            "`big` reads `result`, and there is no `result` before a call has run",
            None,
        ),
        (
            """
            rule r on result: deny get when reply == "a";
                                            ^^^^^
            """,
            "there is no `reply` here",
            None,
        ),
        (
            """
            rule r on reply: deny reply "No {args.a}";
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
            "there is no `args` when a reply is judged",
            None,
        ),
    ],
)
def test_what_a_phase_lacks_is_an_error(text: str, message: str, help_: str | None) -> None:
    """A value that is not there in a phase is refused when the policy is loaded."""
    expect_error(text, message=message, help=help_, code="BAR107")


@pytest.mark.parametrize(
    "text",
    [
        "rule r on result: ask get;",
        "rule r on result: allow get;",
        "rule r on reply: ask;",
        "rule r on reply: deny get;",
        'rule r on result: allow get with redact(args.a, "card");',
        'rule r on result: allow get with set(result, 1) require notify("x");',
        'rule r on result: deny get approver role "x";',
        "rule r on reply: allow with drop(reply);",
        'rule r: allow get with redact(result, "card");',
        "overlay o version 1; rule r on result: allow get with drop(result.a);",
    ],
)
def test_what_a_phase_cannot_do_is_an_error(text: str) -> None:
    """Nobody is asked about what is already there, and it is not allowed without a change."""
    with pytest.raises(Exception, match="BAR10"):
        policy(text)
