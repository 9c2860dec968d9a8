"""How a text is cut into statements."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.split import comments, cuts, resplit, split
from tests.dsl import drawing


def cut(text: str) -> list[str]:
    return [text[piece.span.start : piece.span.end] for piece in split(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a with {"b": {}} c; d;', ['a with {"b": {}} c;', "d;"]),
        ("a user_said(/;}/); d;", ["a user_said(/;}/);", "d;"]),
        ("a } b;", ["a }", "b;"]),
        ("a; b;", ["a;", "b;"]),
        ('a ";" b; c;', ['a ";" b;', "c;"]),
        (r'a "\";" b; c;', [r'a "\";" b;', "c;"]),
        ("a # ; {\n b; c;", ["a # ; {\n b;", "c;"]),
        ('a matches /;{#"/; c;', ['a matches /;{#"/;', "c;"]),
        (r"a matches /\/;/; c;", [r"a matches /\/;/;", "c;"]),
        ("test { b; c; } d;", ["test { b; c; }", "d;"]),
        ("table { { b; } c; } d;", ["table { { b; } c; }", "d;"]),
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
    spans = [
        text[span.start : span.end] for span in resplit(text, piece.span.start, piece.span.end)
    ]

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
        assert next(resplit(text, piece.span.start, piece.span.end)).start == piece.span.start
        end = piece.span.end
    assert _BETWEEN.fullmatch(text, end)


_ODDS = st.sampled_from(
    (
        *("rule r: allow a;", "rule r: deny srv/a, b", "when args.a matches /;\\/#/;", "a / b;"),
        *(
            "matches /",
            "matches/",
            "xmatches /;/",
            "\u00e9matches /;/",
            "matches  /x/",
            "matches //",
            "user_said(/a;}/)",
            "user_said( /a;/",
            "test ",
            "table",
            "tests",
        ),
        *("matches", " ", "\n", "\t", "\r\n", "\u00a0", "\u00e9", "_", ")", "]", "*", "x"),
        *('"', '"a;"', '"a\\";"', "\\", "#", "# c;\n", "/", "/;/", ";", "{", "}", "{ a; }", "{{}}"),
    )
)


@drawing.law(3000)
@given(parts=st.lists(_ODDS, max_size=14), glue=st.sampled_from(("", " ")))
def test_statements_are_the_same_cut_at_once_or_part_by_part(parts: list[str], glue: str) -> None:
    """The pattern of a whole statement says what the parts say, whatever stands in the text."""
    text = glue.join(parts)

    assert [(piece.span.start, piece.span.end) for piece in split(text)[0]] == list(cuts(text))


@pytest.mark.parametrize(
    "part", ['\\"', '"', '";', "matches /", "/ ;", "#\n", "{", "{;", "a ", "}"]
)
def test_cutting_at_once_takes_time_in_proportion(part: str) -> None:
    """Half a million hostile characters, and as many odd statements, are cut in a moment."""
    text = '"' + part * (500_000 // len(part))
    began = time.process_time()
    found = cuts(text)

    assert time.process_time() - began < 5
    assert found == [(piece.span.start, piece.span.end) for piece in split(text)[0]]


_BETWEEN = re.compile(r"(?:\s|#[^\n]*(?:\n|$))*")
