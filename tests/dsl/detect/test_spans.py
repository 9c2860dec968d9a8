"""Where a detector finds what it finds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.detect.detector import MAX_CHECKS, find
from dsl.detect.registry import DETECTORS, by_name
from dsl.detect.spans import BLANK, spans, without
from tests.dsl import drawing
from tests.dsl.detect import corpus

HITS = corpus.cases("hits")
PROSE = ("", "Dear Ada, ", "see\n", "\u00dcber ", ' {"a": "', "x=", "\U0001f600 ", "7 ", "(")
ENDS = ("", ". Thanks!", "\n", " gr\u00fc\u00dft", '"}', ", b", " 8", ")", "\ud800")


def taken_out(name: str, text: str) -> str:
    """Return the text without what the detector finds; blank where it cannot be placed."""
    detector = by_name(name)
    assert detector is not None
    ranges = spans(detector, text)
    return BLANK if ranges is None else without(text, ranges)


@drawing.law(1_000)
@given(st.sampled_from(HITS), st.sampled_from(PROSE), st.sampled_from(ENDS), st.text(max_size=5))
def test_what_is_found_is_placed_and_can_be_taken_out(
    hit: tuple[str, str], before: str, after: str, noise: str
) -> None:
    """Where something is found there are ranges or none can be told; without them nothing is."""
    name, text = hit[0], before + hit[1] + after + noise
    detector = by_name(name)
    assert detector is not None
    ranges = spans(detector, text)

    assert (ranges == []) is not find(detector, text)
    assert not find(detector, taken_out(name, text))
    if ranges is not None:
        assert ranges == sorted(ranges)
        assert all(0 <= start < end <= len(text) for start, end in ranges)
        assert all(one[1] < two[0] for one, two in pairwise(ranges))


@pytest.mark.parametrize(("name", "text"), corpus.cases("misses"))
def test_nothing_found_is_no_range(name: str, text: str) -> None:
    """An empty list says that the detector finds nothing."""
    detector = by_name(name)
    assert detector is not None

    assert spans(detector, text) == []


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_examples_are_placed(detector: object) -> None:
    """What stands in a text as it is, is not only found but placed."""
    found = by_name(getattr(detector, "name", ""))
    assert found is not None

    assert [one for one in found.examples if not spans(found, one)] == []


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("email", "To ada@example.com, bob@example.org!", "To [redacted], [redacted]"),
        ("card", "\u00fc\U0001f600 4111 1111 1111 1111 ok", "\u00fc\U0001f600 [redacted] ok"),
        ("url", "see https://a.example/x?y=z now", "see [redacted] now"),
        ("secret", "a ghp_" + "a1B2" * 12 + " b", "a [redacted] b"),
        (
            "secret",
            "k -----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY----- z",
            "k [redacted] z",
        ),
        ("secret", "k -----BEGIN PRIVATE KEY-----\nMIIE cut off", "k [redacted]"),
        ("card", "\uff14111 1111 1111 1111", "[redacted]"),
        ("card", "4111 1111 1111 1111 \uff14111 1111 1111 1111", "[redacted]"),
    ],
)
def test_what_is_left(name: str, text: str, left: str) -> None:
    """All of what was found goes, to its end; the rest of the text stays as it is."""
    assert taken_out(name, text) == left


def test_too_many_matches_are_not_placed() -> None:
    """Where the limit was met, no range is told."""
    card = by_name("card")
    assert card is not None
    wrong = "4111111111111112 "

    most = MAX_CHECKS // card.cost

    assert spans(card, wrong * most) == []
    assert spans(card, wrong * (most + 1)) is None
