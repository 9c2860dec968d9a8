"""Where nodes stand in the whole text."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsl import parse, syntax
from dsl.build.builder import Builder
from dsl.errors import Source, Span
from dsl.place import located, placed
from dsl.show.statements import show
from tests.dsl import drawing
from tests.dsl.making import policy

TEXT = 'policy p version 1;\n{0}{0}test "t" {{ call x(); expect deny; }}\n'.format(
    "rule r: deny x when args.a == 1;\n"
)


def spans(part: Any) -> Iterator[Span]:
    """Yield every place in a tree, in the order of the fields."""
    if isinstance(part, Span):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from spans(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from spans(getattr(part, field.name))


def from_the_start(text: str) -> list[Span]:
    """Return the places in a text's statements, built each with the place where it starts."""
    starts = parse.parse(Source("p.bar", text)).starts
    found: list[Span] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        tree = parse.grammar().parse(text[start:end])
        found += spans(Builder(start).transform(tree))
    return found


@drawing.law(200)
@given(tree=drawing.layers(), above=st.sampled_from(("", "\n", "# c\n")))
def test_every_place_is_moved_to_where_its_statement_stands(
    tree: syntax.Policy, above: str
) -> None:
    """Placed, a policy is the same tree, and its places are those of the whole text."""
    text = above + above.join(show(one) + "\n" for one in tree.statements)
    read = parse.parse(Source("p.bar", text))

    assert read == placed(read)
    assert from_the_start(text) == list(spans(placed(read).statements))
    assert read.header == placed(read).header


def test_a_placed_policy_stays_where_it_is() -> None:
    """Placing twice is placing once."""
    once = placed(policy("rule r: deny x;"))

    assert once.starts == ()
    assert once is placed(once)


def test_equal_statements_stand_each_in_its_place() -> None:
    """Two statements of the same text are one tree, and stand in two places."""
    read, _ = parse.read(Source("p.bar", TEXT))
    assert read is not None
    first, second = placed(read).rules

    assert read.rules[0] is read.rules[1]
    assert [TEXT.index("rule"), TEXT.rindex("rule")] == [first.span.start, second.span.start]
    assert first.name_span == Span(first.span.start + 5, first.span.start + 6)


def test_statements_are_found_with_their_starts() -> None:
    """Each start is where the words of its statement begin; without any they begin at 0."""
    read, _ = parse.read(Source("p.bar", TEXT))
    assert read is not None
    by_hand = syntax.Policy(read.header, read.statements)
    starts, none = ([at for at, _ in located(one, syntax.Rule)] for one in (read, by_hand))

    assert [TEXT.index("rule"), TEXT.rindex("rule")] == starts
    assert none == [0, 0]
