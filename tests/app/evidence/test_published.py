"""Only words of the policies in force are written down in clear."""

from dataclasses import replace
from typing import Final

from app.evidence.published import Published, published
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import By, Cause, Change, Effect, Obligation, Reason, ReasonCode, SourceLine
from dsl.parse import parse

KEY: Final = b"k" * 32
SECRET: Final = "canary-9b1"
BANK: Final = """\
policy bank version 1;
rule large: ask pay when args.amount > 100 because "large payments need a person"
  reply "Ask for {args.amount}." require notify("security") with set(args.limit, 1);
default deny because "nothing else";
"""
OVERLAY: Final = f"""\
overlay task version 1;
rule large: deny pay because "{SECRET}" reply "{SECRET}";
"""


def own() -> Published:
    one = Bound(parse(Source("bank.bar", BANK)))
    return published([one, Bound(parse(Source("overlay", OVERLAY)), published=False)])


def reason(policy: str, rule: str | None, because: str | None) -> Reason:
    return Reason(ReasonCode.RULE, Effect.DENY, policy, rule, because=because)


def test_what_a_published_rule_says_is_clear() -> None:
    """Its reason, its reply, whom it tells and what it changes, as they are written."""
    large = reason("bank", "large", "large payments need a person")
    default = reason("bank", None, "nothing else")
    told = Obligation("notification", "security", "bank", "large")

    assert own().reason(large, KEY) == large
    assert own().reason(default, KEY) == default
    assert own().reply("Ask for {args.amount}.", KEY) == "Ask for {args.amount}."
    assert own().obligation(told, KEY) == told
    assert own().change(Change("args.limit", "set"), KEY) == Change("args.limit", "set")


def test_what_a_rule_of_a_session_says_is_masked() -> None:
    """It may quote anybody; of what it says its names and its effect are left."""
    said = replace(
        reason("task", "large", SECRET),
        by=By.UNKNOWN,
        cause=Cause.MISSING,
        path=SECRET,
        detail=SECRET,
        source=SourceLine(SECRET, 1),
    )
    seen = own().reason(said, KEY)

    assert SECRET not in str(seen)
    assert (seen.policy, seen.rule, seen.effect) == ("task", "large", Effect.DENY)
    assert SECRET not in own().reply(SECRET, KEY)
    assert SECRET not in str(own().obligation(Obligation("call_after", SECRET, "task", "x"), KEY))
    assert SECRET not in str(own().change(Change(SECRET, "redact"), KEY))


def test_a_rule_of_a_session_does_not_pass_as_a_published_one() -> None:
    """The same names with other words are masked."""
    assert SECRET not in str(own().reason(reason("bank", "large", SECRET), KEY))
