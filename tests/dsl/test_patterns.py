"""RE2, and globs made of it."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import patterns
from tests.dsl import drawing


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?!a)", "(?<=a)", r"(a)\1", "(", "[", "a{2000}", "*"]
)
def test_what_re2_cannot_hold_is_a_fault(pattern: str) -> None:
    """Look-around, back-references and broken patterns are refused with a reason."""
    assert patterns.fault(pattern)


@pytest.mark.parametrize("pattern", ["a*", "(?i)a", r"\p{L}+", r"[^\n]*", "(?s).*", ""])
def test_what_re2_can_hold_is_none(pattern: str) -> None:
    """Ordinary patterns have no fault."""
    assert patterns.fault(pattern) is None


@pytest.mark.parametrize("pattern", [r"[\p{L}\p{N} .,-]{1,64}", r"\p{L}{1,50}", "(?s).{1,900}"])
def test_a_pattern_that_needs_more_memory_gets_it(pattern: str) -> None:
    """Large programs load and match; their size says nothing about their time."""
    assert patterns.fault(pattern) is None
    assert patterns.whole(pattern, "ab")
    assert not patterns.whole(pattern, "ab" * 10_000)


@pytest.mark.parametrize(
    "pattern",
    [r"(?s).*a.{30}b.*", r"(?s).*[0-9].{200}x.*", r"(?s).*a.{900}.*b", r"(?s).*\pL.{99}b"],
)
def test_a_hostile_pattern_is_bounded(pattern: str) -> None:
    """The worst are those that have to remember much; the bound here is wide."""
    dice = random.Random(5)  # noqa: S311 - no secret hangs on it
    patterns.whole(pattern, "a")
    for _ in range(3):
        text = "".join(dice.choices("ab0x. ", k=20_000))
        began = time.process_time()
        patterns.whole(pattern, text)
        assert time.process_time() - began < 1


@drawing.law(300)
@given(
    parts=st.lists(st.text(st.sampled_from("ab.*+\\/\n\0ü😀[("), max_size=3), max_size=4),
    filling=st.text(max_size=5),
)
def test_a_glob_matches_what_fills_its_stars(parts: list[str], filling: str) -> None:
    """`*` is anything, also nothing; every other character is itself."""
    parts = [part.replace("*", "") for part in parts]
    pattern = patterns.from_glob("*".join(parts))

    assert patterns.whole(pattern, filling.join(parts))
    assert patterns.whole(patterns.from_glob("".join(parts)), "".join(parts))
    assert not patterns.whole(patterns.from_glob("".join(parts)), "".join(parts) + "x")


@pytest.mark.parametrize("glob", ["*" * 1000, "*a" * 500, "😀" * 1000, "*😀" * 500])
def test_every_glob_of_allowed_length_works(glob: str) -> None:
    """The bound on globs is one that the engine never meets, and matching stays fast."""
    assert patterns.glob_fault(glob) is None
    assert patterns.fault(patterns.from_glob(glob)) is None
    began = time.process_time()
    patterns.whole(patterns.from_glob(glob), "a" * 100_000)
    assert time.process_time() - began < 3


def test_longer_globs_are_a_fault() -> None:
    """One character more is refused."""
    assert patterns.glob_fault("*" * 1001)
