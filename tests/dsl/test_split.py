"""How a text is cut into statements."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.split import comments, resplit, split
from tests.dsl import drawing


def cut(text: str) -> list[str]:
    return [text[piece.span.start : piece.span.end] for piece in split(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; b;", ["a;", "b;"]),
        ('a ";" b; c;', ['a ";" b;', "c;"]),
        (r'a "\";" b; c;', [r'a "\";" b;', "c;"]),
        ("a # ; {\n b; c;", ["a # ; {\n b;", "c;"]),
        ('a matches /;{#"/; c;', ['a matches /;{#"/;', "c;"]),
        (r"a matches /\/;/; c;", [r"a matches /\/;/;", "c;"]),
        ("a { b; c; } d;", ["a { b; c; }", "d;"]),
        ("a { { b; } c; } d;", ["a { { b; } c; }", "d;"]),
        ("xmatches /;/;", ["xmatches /;", "/;"]),
        ("a; b", ["a;", "b"]),
        ("}}", ["}", "}"]),
        ("", []),
        (" \n# only\n", []),
    ],
)
def test_statements_end_at_semicolons_and_closing_braces(text: str, expected: list[str]) -> None:
    """A semicolon inside a text, pattern, comment or block ends nothing."""
    assert expected == cut(text)


def test_an_unclosed_text_ends_with_its_line() -> None:
    """One forgotten quote does not swallow the statements on the lines below."""
    text = 'a "open; b;\nc "closed";'

    assert [text] == cut(text)
    assert [cut('c "x" # "\n;')[0][0]] == ["c"]


def test_a_broken_piece_is_cut_where_a_line_opens_a_statement() -> None:
    """Each statement that follows a broken one gets its own say."""
    text = 'rule a: deny x when (\nrule b: deny y;\ntest "t" {\nrule c: deny z;'
    (piece, *rest) = split(text)[0]
    spans = [text[span.start : span.end] for span in resplit(text, piece)]

    assert spans == ["rule a: deny x when (", "rule b: deny y;"]
    assert len(rest) == 1


def test_comments_belong_to_statements() -> None:
    """Comments above and behind a statement are its own; those at the end are left over."""
    pieces, trailing = split("# one\na; # two\n\n# three\nb # four\n;\n# five")

    assert (
        pieces[0].before,
        pieces[0].after,
        pieces[0].has_comments,
    ) == (("# one",), "# two", False)
    assert (
        pieces[1].before,
        pieces[1].after,
        pieces[1].has_comments,
    ) == (("", "# three"), None, True)
    assert trailing == ("# five",)


def test_a_comment_is_none_within_a_text_or_pattern() -> None:
    """A `#` inside quotes or slashes starts nothing."""
    text = 'a "# no" matches /#no/; # yes'

    assert [match.group() for match in comments(text)] == ["# yes"]


@pytest.mark.parametrize("part", ['\\"', '"', "matches /", "\\/", "#", "{", "a ", "matches "])
def test_splitting_takes_time_in_proportion(part: str) -> None:
    """Half a million hostile characters are cut in a moment: no pattern here backtracks."""
    began = time.process_time()
    split('"' + part * (500_000 // len(part)))

    assert time.process_time() - began < 5


_PARTS = st.sampled_from(
    (
        "rule a: deny x",
        "matches /a;#/",
        "matches /",
        '"a;{"',
        '"',
        "\\",
        ";",
        "{",
        "}",
        "# c;\n",
        "\n",
    )
)


@drawing.law(300)
@given(parts=st.lists(_PARTS, max_size=12))
def test_nothing_falls_between_statements(parts: list[str]) -> None:
    """What belongs to no statement is white space or a comment, and statements do not overlap."""
    text, end = " ".join(parts), 0
    for piece in split(text)[0]:
        assert end <= piece.span.start < piece.span.end
        assert _BETWEEN.fullmatch(text, end, piece.span.start)
        assert next(resplit(text, piece)).start == piece.span.start
        end = piece.span.end
    assert _BETWEEN.fullmatch(text, end)


_BETWEEN = re.compile(r"(?:\s|#[^\n]*(?:\n|$))*")
