"""Many patterns at once say what they say one by one, and where they cannot, one by one it is."""

from typing import Any

import pytest

from dsl import patterns
from dsl.engine import texts
from dsl.engine.texts import PatternSet

WHOLE = ("a.*", "[ab]+", "(?i)AB", r".*@corp\.com", "a|b", r"\d+", "(?s).*", r"\Qa.b\E", "x*")
PARTS = ("a", "b@", ".", "\u00fc", "x\ny", "corp")
MANY_PARTS = (*PARTS, *(f"part {number}" for number in range(30)))  # which a set is made of
TEXTS = ("", "a", "AB", "ab\n", "joe@corp.com", "a.b", "12", "\u00fc", "\ud800a", "x\ny", "a\x00")


def masks(some: tuple[str, ...]) -> dict[str, int]:
    return {pattern: 1 << at for at, pattern in enumerate(some)}


@pytest.mark.parametrize("text", TEXTS)
def test_a_set_says_what_each_pattern_says(text: str) -> None:
    """Also of text that is no text, and of patterns with flags of their own."""
    one_by_one = sum(1 << at for at, one in enumerate(WHOLE) if patterns.whole(one, text))
    parts = sum(1 << at for at, one in enumerate(MANY_PARTS) if one in text)

    assert one_by_one == PatternSet(masks(WHOLE), whole=True).hits(text)
    assert parts == PatternSet(masks(PARTS), whole=False).hits(text)
    assert parts == PatternSet(masks(MANY_PARTS), whole=False).hits(text)


def test_a_match_that_did_not_run_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of memory a set answers as if nothing had matched: what matches everything is missing."""

    class Exhausted:
        def Match(self, _: Any) -> list[int] | None:  # noqa: N802 - as the library names it
            return None

    monkeypatch.setattr(texts, "_set", lambda *_, **__: Exhausted())

    assert PatternSet(masks(WHOLE), whole=True).hits("a") is None


def test_a_set_too_large_for_its_memory_still_answers_rightly() -> None:
    """Patterns whose joint automaton does not fit: nothing is missed, whichever way is gone."""
    hungry = tuple(f"[a-q][^u-z]{{{13 + at}}}x" for at in range(40))
    made = PatternSet(masks(hungry), whole=True)
    text = "a" * 18 + "x"
    expected = sum(1 << at for at, one in enumerate(hungry) if patterns.whole(one, text))

    assert expected
    assert made.hits(text) in (expected, None)


def test_a_pattern_that_cannot_stand_in_a_set_is_matched_alone() -> None:
    """Half of a character, say, cannot be written for it."""
    odd = masks((*MANY_PARTS, "\ud800"))

    assert PatternSet(odd, whole=False).hits("\ud800") == 1 << len(MANY_PARTS)
