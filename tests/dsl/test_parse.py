"""What is read, and how what cannot be read is reported."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import parse, syntax
from dsl.errors import PolicyError, Source, Span
from dsl.place import placed
from dsl.show.statements import show
from tests.dsl import drawing
from tests.dsl.making import condition, policy
from tests.expect import HEADER, expect_error


def test_a_whole_policy() -> None:
    """Every statement stands in the tree in the order it was written."""
    tree = policy(
        'policy p version 2; use tools "t.json"; default ask because "x";'
        'rule a: allow b; test "t" { call b(); expect allow by a; }'
    )

    kinds = [type(statement).__name__ for statement in tree.statements]
    assert kinds == ["Header", "UseTools", "Default", "Rule", "TestBlock"]
    assert (tree.name, tree.header.version, tree.is_overlay) == ("p", 2, False)


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    """`a or b and not c` is `a or (b and (not c))`."""
    expected = condition("args.a or (args.b and (not args.c))")

    assert expected == condition("args.a or args.b and not args.c")
    assert expected != condition("(args.a or args.b) and not args.c")


def test_comparisons_do_not_chain() -> None:
    """`1 < args.a < 3` says nothing that could be misread: it is an error."""
    expect_error(
        """
        rule r: deny x when 1 < args.a < 3;
                                       ^
        """,
        message="`<` does not belong here: expected `;`, `and`, `or`, a clause such as `because` "
        "or an arithmetic sign",
    )


def test_a_misspelled_word_is_offered_its_nearest() -> None:
    """The smallest wrong part is underlined, and a near word is offered."""
    expect_error(
        """
        rule r: alow x;
                ^^^^
        """,
        message="`alow` does not belong here: expected `allow`, `ask` or `deny`",
        help="did you mean `allow`?",
    )


def test_words_that_run_together_are_told_apart() -> None:
    """`rulepay` is one word to a reader, so it is no rule named `pay`."""
    expect_error(
        """
        rulepay: allow x;
            ^^^
        """,
        message="a space is missing before this",
    )


def test_an_unfinished_statement_points_at_its_end() -> None:
    """What is missing at the end of the text is said at the end of the text."""
    expect_error(
        """
        rule r: deny
                   ^
        """,
        message="the statement is not finished: expected `;`, `tools`, `when`, "
        "a clause such as `because` or a tool name",
    )


def test_each_broken_statement_is_reported() -> None:
    """One broken statement hides no other, and none hides what is wrong with it."""
    text = HEADER + "rule a: alow x;\nrule b: deny x when (;\nrule c: deny x;\nuse tools t;\n"
    policy_, findings = parse.read(Source("p.bar", text))

    assert [text.count("\n", 0, finding.span.start) + 1 for finding in findings] == [2, 3, 5]
    assert policy_ is not None
    assert [rule.name for rule in policy_.rules] == ["c"]


def test_an_unclosed_brace_hides_no_rule_below() -> None:
    """A test without its closing brace is one error, not the end of the file."""
    text = HEADER + 'test "t" {\n  call x();\nrule a: deny x;\nrule b: alow x;\n'
    findings = parse.read(Source("p.bar", text))[1]

    assert [text.count("\n", 0, finding.span.start) + 1 for finding in findings] == [3, 5]


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("rule a: deny x; # \u202e evil", "U+202E"),
        ("rule a:\u200b deny x;", "U+200B"),
        ("rule a: deny x;\0", "U+0000"),
        ("# note\rrule a: deny x;", "U+000D"),
        ('rule a: deny x because "\u3164";', "U+3164"),
        ('rule a: deny x because "\u2800";', "U+2800"),
        ("\ufeffrule a: deny x;", "U+FEFF"),
    ],
)
def test_hidden_characters_are_refused(text: str, character: str) -> None:
    """A character that a reviewer cannot see, or that moves the text, is an error anywhere."""
    findings = parse.read(Source("p.bar", HEADER + text))[1]

    assert [("BAR108", f"a hidden character ({character}) stands here")] == [
        (finding.code, finding.message) for finding in findings
    ]


HOSTILE = {
    "nothing": "",
    "only a comment": "# nothing",
    "semicolons": ";" * 100_000,
    "too many semicolons": ";" * 300_000,
    "closing braces": "}" * 20_000,
    "opening braces": "{" * 200_000,
    "an unclosed text": '"' + '\\"' * 200_000,
    "quotes": '"' * 100_001,
    "brackets": HEADER + "rule r: deny x when " + "(" * 100_000,
    "nots": HEADER + "rule r: deny x when " + "not " * 50_000 + "args.a;",
    "lists": HEADER + 'test "t" { call x(a: ' + "[" * 50_000 + "]" * 50_000 + "); expect deny; }",
    "a thousand broken rules": HEADER + "rule a: alow x;\n" * 1000,
    "many broken rules": HEADER + "rule a: alow x;\n" * 20_000,
    "equal statements": HEADER + "default deny;" * 20_000,
    "a long name": HEADER + "rule r: deny " + "a" * 1_000_000 + "*;",
    "a long word": "a" * 1_000_000,
    "a long number": HEADER + "rule r: deny x when args.a > " + "9" * 100_000 + ";",
    "a hidden exponent": HEADER + "rule r: deny x when args.a > 1e0000000099999999999999999999;",
    "a vast pattern": HEADER + "rule r: deny x when args.a matches /((a{900}){900}){900}/;",
    "an unclosed pattern": HEADER + "rule r: deny x when args.a matches /" + "\\/" * 100_000,
    "32 MiB and more": HEADER + "#" * (32 << 20),
    "half a surrogate": HEADER + 'rule r: deny x because "\\ud800";',
    "no such day": HEADER + "rule r: deny x valid from 2026-02-30;",
    "a great index": HEADER + "rule r: deny x when args.a[99999999999];",
    "a negative index": HEADER + "rule r: deny x when args.a[-1];",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_in_bounded_time(name: str) -> None:
    """Nothing but `PolicyError` comes out, soon, and its text is not much longer than the file."""
    began = time.process_time()
    with pytest.raises(PolicyError) as caught:
        parse.parse(Source("p.bar", HOSTILE[name]))

    assert time.process_time() - began < 10
    assert len(str(caught.value)) < 2_000_000


def test_four_mebibytes_of_comments_are_no_hindrance() -> None:
    """A file as large as is allowed is read."""
    text = HEADER + "# a line of words, as people write them\n" * 100_000
    assert len(text) < parse.MAX_TEXT

    assert policy(text).name == "p"


def test_nesting_is_bounded_and_what_is_allowed_can_be_used() -> None:
    """Fifty levels are fine all the way to a decision; a few hundred are refused."""
    assert condition("not " * 50 + "args.a") is not None
    with pytest.raises(PolicyError, match="nested too deeply"):
        condition("not " * 200 + "args.a")


@drawing.law(300)
@given(
    text=st.text(
        st.sampled_from('policy rule:allow{}();"/#\\.,*-?[]=<>1e\n\tüargsdenywhent '), max_size=80
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in a file, the outcome is a policy or findings with places inside it."""
    source = Source("p.bar", HEADER + text)
    findings = parse.read(source)[1]

    for finding in findings:
        assert 0 <= finding.span.start < finding.span.end <= len(source.text)


@drawing.law(200)
@given(data=st.data(), tree=drawing.layers())
def test_spans_lie_where_the_words_stand(data: st.DataObject, tree: syntax.Policy) -> None:
    """The tree's places point at its own words in the text."""
    text = data.draw(st.sampled_from(("", "\n", "# c\n"))) + "\n".join(map(show, tree.statements))
    for rule in placed(parse.parse(Source("p.bar", text))).rules:
        assert rule.name == _at(text, rule.name_span)
        assert _at(text, rule.span).startswith("rule ")
        assert [p.text for p in rule.selector.patterns] == [
            _at(text, p.span) for p in rule.selector.patterns
        ]


def _at(text: str, span: Span) -> str:
    return text[span.start : span.end]
