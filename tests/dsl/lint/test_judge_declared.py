"""What the linter says of declared sentences: the rule that they mean, or why they mean none."""

import json
from typing import Final

import pytest

from dsl import parse, toolspec
from dsl.errors import Finding, Source
from dsl.lint.fixing import chosen, written
from dsl.lint.needs import needs
from dsl.lint.rule import Unit
from dsl.lint.run import lint

TOOLS: Final = toolspec.read(
    Source(
        "t.json",
        json.dumps(
            [
                {
                    "name": "send_money",
                    "description": "Transfer money.",
                    "inputSchema": {
                        "properties": {"amount": {"type": "number"}, "to": {"type": "string"}},
                        "required": ["amount", "to"],
                    },
                }
            ]
        ),
    )
)
HEAD: Final = 'policy p version 1;\nuse tools "t.json";\n'
LIMIT: Final = 'judge("Never transfer more than 100." as num_max forbids) >= 0.5'
RULE: Final = f"rule r: deny send_money when {LIMIT};\n"
CODES: Final = ("BAR408", "BAR413", "BAR417", "BAR418", "BAR419")


def said(text: str) -> list[Finding]:
    source = Source("p.bar", HEAD + text)
    policy, broken = parse.read(source)
    assert not broken
    found = lint(Unit(source, policy, (), TOOLS))
    return [one for one in found if one.code in CODES]


def fixed(text: str) -> str:
    return written(HEAD + text, chosen(said(text), unsafe=True)).removeprefix(HEAD)


def test_the_rule_is_shown_with_a_call_that_it_would_stop() -> None:
    """A person who signs the policy sees what the sentence was read as."""
    (one,) = said(RULE)
    assert (one.code, one.level) == ("BAR417", "info")
    assert "`args.amount > 100`" in one.message
    assert "send_money(amount: 101)" in one.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RULE, "rule r: deny send_money when args.amount > 100;\n"),
        (
            f'rule r: deny send_money when args.to == "x" and {LIMIT};\n',
            'rule r: deny send_money when args.to == "x" and args.amount > 100;\n',
        ),
        (RULE.replace(">= 0.5", "> 0.99"), "rule r: deny send_money when args.amount > 100;\n"),
    ],
)
def test_the_rule_is_written_in_place_of_the_sentence(before: str, after: str) -> None:
    """Where it stands, and nothing else is touched."""
    assert fixed(before) == after


@pytest.mark.parametrize(
    "text",
    [
        RULE + "rule a: allow send_money priority 5;\n",
        RULE.replace(">= 0.5", "> 1"),
        RULE.replace(">= 0.5", ">= 0"),
        f"let big = {LIMIT};\nrule r: deny send_money when big;\n",
        RULE.replace("deny", "ask") + "rule a: allow send_money with drop(args.to);\n",
    ],
)
def test_no_fix_is_offered_where_the_plain_rule_decides_otherwise(text: str) -> None:
    """Judged sentences join last: before an `allow` of higher priority, beside its changes."""
    assert [one.code for one in said(text)] == ["BAR417"]
    assert fixed(text) == text


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ("num_min forbids", "its words mean the opposite of `args.x < N`"),
        ("num_max permits", "it names what is forbidden, so it forbids"),
        ("list_size forbids", "the rule's tools share no argument that is a list"),
        ("tool_ban forbids", "`more than` has no place in a sentence of this kind"),
        ("path_prefix forbids", "no folder is named"),
    ],
)
def test_a_doubtful_kind_says_why(declared: str, why: str) -> None:
    """The kind, the polarity, or the slot that cannot be filled."""
    doubts = [
        one for one in said(RULE.replace("num_max forbids", declared)) if one.code == CODES[4]
    ]
    assert [(one.level, one.message) for one in doubts] == [
        ("warning", f"not read as `{declared}`: {why}")
    ]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Never transfer more than 100 on Sundays.", "sundays"),
        ("Never transfer more than 100 unless it is urgent.", "unless"),
        ("Never transfer more than 100. Ask first.", "more than one sentence"),
        ("Never transfer more than 100 to zxqv.", "zxqv"),
    ],
)
def test_a_sentence_is_read_whole_or_not_at_all(sentence: str, word: str) -> None:
    """What code does not read may be what matters."""
    found = said(RULE.replace("Never transfer more than 100.", sentence))
    told = next(one.message for one in found if one.code == "BAR419")
    assert word in told


TEST: Final = (
    'test "t" {{ {given} call send_money(amount: {amount}, to: "x"); expect {effect}; }}\n'
)


@pytest.mark.parametrize(
    ("given", "amount", "effect", "doubtful"),
    [
        ("", 101, "deny by r", False),
        ("", 99, "allow", False),
        ("", 99, "deny by r", True),
        ('given score "Never transfer more than 100." is 0.9;', 99, "deny by r", True),
        ('given score "Never transfer more than 100." is 0.9;', 101, "deny by r", False),
    ],
)
def test_a_test_that_expects_something_else_makes_it_doubtful(
    given: str,
    amount: int,
    effect: str,
    doubtful: bool,  # noqa: FBT001 - what is expected
) -> None:
    """By the score that it gives, or by any one answer, it would pass."""
    test = TEST.format(given=given, amount=amount, effect=effect)
    codes = {one.code for one in said("rule all: allow send_money;\n" + RULE + test)}
    assert ("BAR419" in codes) is doubtful


def test_in_shadow_a_doubtful_kind_is_a_note_and_no_kind_is_nothing() -> None:
    """A rule in shadow decides nothing."""
    shadow = RULE.replace(";\n", " mode shadow;\n")
    (one,) = said(shadow.replace("num_max", "num_min"))
    assert (one.code, one.level) == ("BAR419", "info")
    assert said(shadow.replace("num_max", "tone")) == []
    assert "BAR418" in [one.code for one in said(RULE.replace("num_max", "tone"))]


def test_a_sentence_may_have_no_kind() -> None:
    """It is written without `as`, and says so."""
    (score, told) = said(RULE.replace(" as num_max forbids", ""))
    assert {score.code, told.code} == {"BAR408", "BAR418"}


def test_what_a_sentence_names_is_used() -> None:
    """A list that only a sentence names is no unused name, and what it asks must be told."""
    sentence = "Only send money to payees."
    text = (
        'let payees = ["a"];\n'
        f'rule r: deny send_money when judge("{sentence}" as set_allow permits) >= 0.5;\n'
        'rule n: deny send_money when judge("Never invent to." as grounded forbids) >= 0.5;\n'
    )
    source = Source("p.bar", HEAD + text.replace("invent to", "invent the argument to"))
    policy, _ = parse.read(source)
    unit = Unit(source, policy, (), TOOLS)
    assert [one.code for one in lint(unit) if one.code == "BAR603"] == []
    assert {(one.rule, one.told) for one in needs(unit)} == {("n", "user words"), ("n", "results")}
