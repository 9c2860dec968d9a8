"""The canonical layout: one way to write a policy, and nothing lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import format as layout
from dsl import parse, split, syntax
from dsl.errors import PolicyError, Source
from dsl.model import Effect
from dsl.show import statements as show_statements
from tests.dsl import drawing
from tests.dsl.making import policy
from tests.expect import HEADER


def laid_out(text: str) -> str:
    """Lay out a text, and check on the way that doing so twice changes nothing."""
    once = layout.reformat(Source("p.bar", text))
    assert once == layout.reformat(Source("p.bar", once))
    return once


def written(tree: syntax.Policy) -> str:
    return "\n".join(show_statements.show(statement) for statement in tree.statements)


@drawing.law(250)
@given(tree=drawing.layers())
def test_what_is_printed_reads_as_it_was(tree: syntax.Policy) -> None:
    """parse(format(p)) == p, and laying it out again changes nothing."""
    assert tree == policy(written(tree))
    assert tree == policy(laid_out(written(tree)))


@drawing.law(150)
@given(
    args=st.dictionaries(st.sampled_from(drawing.NAMES), drawing.json_values),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_value_and_any_text_reads_as_it_was(args: dict[str, object], name: str) -> None:
    """Values of tests, and texts with whatever in them, survive being printed."""
    steps = (syntax.TestCall("send", tuple(args.items())), syntax.Expect(Effect.DENY))
    block = syntax.TestBlock(name, steps)

    assert block == policy(show_statements.show(block)).tests[0]


def test_one_statement_a_line_and_rules_apart() -> None:
    """Short rules take one line, clauses each their own, and rules stand apart."""
    text = 'policy   p version 1;use tools "t.json";default deny;rule a:allow x,y except y;'
    text += "rule b: deny x when args.a==1 and(args.b or not args.c)priority -1 retry;"

    assert (
        laid_out(text)
        == """\
policy p version 1;
use tools "t.json";
default deny;

rule a: allow x, y except y;

rule b:
  deny x
  when args.a == 1 and (args.b or not args.c)
  priority -1
  retry;
"""
    )


def test_comments_stay_where_they_stood() -> None:
    """Above, behind, inside and below: each comment is kept, with the empty lines around it."""
    text = """\
# above the policy
policy p version 1; # behind it


# above the rule
rule a:
  deny x # inside
  when args.a matches /a#b;c/;  # behind the rule
default deny;

# the end
"""

    assert (
        laid_out(text)
        == """\
# above the policy
policy p version 1;  # behind it

# above the rule
rule a:
  deny x # inside
  when args.a matches /a#b;c/;  # behind the rule
default deny;

# the end
"""
    )


@drawing.law(150)
@given(data=st.data(), tree=drawing.layers())
def test_no_comment_is_lost(data: st.DataObject, tree: syntax.Policy) -> None:
    """Whatever stands between and behind the statements, each comment is there afterwards."""
    gaps = st.sampled_from(("\n", "\n\n", " # c1\n", "\n# c2 ;\n", '\n\n# c3 "\n\n# c4 {\n'))
    text = "".join(show_statements.show(s) + data.draw(gaps) for s in tree.statements)
    comments = [match.group().rstrip() for match in split.comments(text)]

    after = laid_out(text)
    assert comments == [match.group().rstrip() for match in split.comments(after)]
    assert tree == policy(after)


@pytest.mark.parametrize(
    "condition",
    [
        r"args.a matches /a\/b\\\/c[\/]/",
        r"args.a matches /\\/",
        r'args.a == "tab\there, quote\", slash\\, \u200b, \ufe0f, \u3164, \ud83d\ude00"',
        "args.a in [-1, 0.50, 1e5, 1E-5, 100000000000000000000]",
        "args.a[0].b? not in -1.5..1.5",
        'not (args.a or args.b) and not args.c contains "x"',
        "(args.a or args.b) and (args.c and args.d)",
        "not not args.a",
        "present(args.a.b[3])",
        '"admin" in subject.roles and tool != agent.id',
        "args.a in []",
    ],
)
def test_conditions_read_as_they_were(condition: str) -> None:
    """Escapes, slashes, signs, brackets and the invisible: all come back equal."""
    text = HEADER + f"rule r: deny * when {condition};"

    assert policy(text) == policy(laid_out(text))
    assert not parse.unreadable(laid_out(text))


def test_early_years_keep_four_digits() -> None:
    """A year before 1000 is printed so that it can be read again."""
    text = HEADER + 'test "t" { given now 0999-01-01; call x(); expect deny; }'

    assert "given now 0999-01-01T00:00:00;" in laid_out(text)


def test_windows_line_ends_are_read() -> None:
    """A carriage return in front of a line feed is white space, and comments end before it."""
    text = "policy p version 1;\r\n# note\r\nrule a: deny x;\r\n"

    assert laid_out(text) == "policy p version 1;\n\n# note\nrule a: deny x;\n"


def test_a_broken_policy_is_refused_and_not_mangled() -> None:
    """What cannot be read is not laid out."""
    with pytest.raises(PolicyError):
        layout.reformat(Source("p.bar", HEADER + "rule a: alow x;"))
