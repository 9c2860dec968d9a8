"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.limits import buckets
from app.limits.buckets import Buckets, Rate, whole_seconds


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_no_more_pass_than_the_burst_and_the_rate(
    rate: float, burst: int, gaps: list[float]
) -> None:
    """In any time from the start on, at most the burst and the rate times the time pass."""
    clock = Clock()
    held, passed, said = Buckets(clock), 0, Rate(rate, burst)
    for gap in gaps:
        clock.at += gap
        if held.wait_s("a", said) == 0:
            held.take("a", said)
            passed += 1
        assert passed <= burst + rate * clock.at + 1e-6


def test_who_waits_as_long_as_was_said_comes_in() -> None:
    """The time to wait is enough, and a little less is not."""
    clock, rate = Clock(), Rate(0.5, 2)
    held = Buckets(clock)
    for _ in range(2):
        assert held.wait_s("a", rate) == 0
        held.take("a", rate)
    assert held.wait_s("a", rate) == pytest.approx(2)
    clock.at += 1.9
    assert held.wait_s("a", rate) > 0
    clock.at += 0.2
    assert held.wait_s("a", rate) == 0
    assert held.wait_s("b", rate) == 0


def test_what_one_request_holds_beside_itself_is_a_debt() -> None:
    """A batch of eleven comes in once, and the next request waits until all of it is paid."""
    clock, rate = Clock(), Rate(1, 2)
    held = Buckets(clock)
    held.take("a", rate, 11)

    assert held.wait_s("a", rate) == pytest.approx(10)


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with names; those that were quiet the longest go."""
    monkeypatch.setattr(buckets, "MOST", 3)
    held = Buckets(Clock())
    for name in "abcabcde":
        held.take(name, Rate(1, 1))

    assert list(held._held) == ["c", "d", "e"]


def test_a_clock_that_stands_or_goes_back_gives_nothing() -> None:
    """Nobody gains requests by a clock that is wrong."""
    clock, rate = Clock(), Rate(1, 1)
    held = Buckets(clock)
    held.take("a", rate)
    clock.at = -100

    assert held.wait_s("a", rate) == pytest.approx(1)


@pytest.mark.parametrize(("wait_s", "said"), [(0.001, "1"), (1.0, "1"), (1.001, "2"), (59.5, "60")])
def test_whole_seconds_are_never_too_few(wait_s: float, said: str) -> None:
    """Who comes back after that many seconds is not refused for coming early."""
    assert whole_seconds(wait_s) == said
