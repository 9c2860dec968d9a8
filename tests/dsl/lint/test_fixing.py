"""What a fix does to a text."""

import pytest

from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.fixing import chosen, without, written


def finding(*edits: Edit, safe: bool = True) -> Finding:
    return Finding("BAR999", "m", edits[0].span, fix=Fix(edits, safe=safe))


def test_edits_are_written_wherever_they_stand() -> None:
    """However the edits of several fixes are ordered, each lands in its own place."""
    last, first = Edit(Span(4, 5), "E"), Edit(Span(0, 1), "")
    middle = Edit(Span(2, 2), "+")

    assert written("abcdef", [Fix((last, first)), Fix((middle,))]) == "b+cdEf"


def test_unsafe_fixes_are_taken_only_when_wanted() -> None:
    """Without being asked for, nothing is written that may change a decision."""
    found = [finding(Edit(Span(0, 1), "x"), safe=False), finding(Edit(Span(3, 4), "y"))]

    assert [fix.safe for fix in chosen(found, unsafe=False)] == [True]
    assert [fix.safe for fix in chosen(found, unsafe=True)] == [False, True]


def test_of_two_fixes_that_touch_the_first_is_taken() -> None:
    """Two fixes of one place cannot both be right: the second is looked at again afterwards."""
    found = [finding(Edit(Span(0, 3), "x")), finding(Edit(Span(3, 4), "y"))]

    assert chosen(found, unsafe=False) == [found[0].fix]


def test_a_finding_without_a_fix_is_passed_over() -> None:
    """Most findings are for a person to mend."""
    assert chosen([Finding("BAR999", "m", Span(0, 1))], unsafe=True) == []


def test_a_fix_moves_with_its_finding() -> None:
    """A finding's fix counts from the same start as its place."""
    moved = finding(Edit(Span(1, 2), "x")).moved(10)

    assert moved == finding(Edit(Span(11, 12), "x"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; # no\nb;\n", "a;\nb;\n"),
        ("a;\n  # no\nb;\n", "a;\nb;\n"),
        ("a;\n# no", "a;\n"),
        ("# no\nb;\n", "b;\n"),
        ("a; # no", "a;"),
    ],
)
def test_what_is_taken_out_leaves_no_empty_line(text: str, expected: str) -> None:
    """A comment alone on its line goes with the line, another with the space before it."""
    at = text.index("#")

    assert written(text, [Fix((without(text, Span(at, at + 4)),))]) == expected
