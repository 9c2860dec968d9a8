"""The lock-out."""

import pytest

from app.limits import lockout
from app.limits.lockout import FORGET_S, LockOut
from tests.app.limits.test_buckets import Clock


def test_each_failure_past_the_free_ones_doubles_the_time() -> None:
    """Up to the longest that the settings allow, and not for anybody else."""
    clock = Clock()
    held = LockOut(3, 60, clock)
    lasts = []
    for _ in range(12):
        held.failed("192.0.2.1")
        lasts.append(held.left_s("192.0.2.1"))
        clock.at += held.left_s("192.0.2.1")

    assert lasts == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert held.left_s("192.0.2.2") == 0
    assert held.left_s(None) == 0


def test_an_hour_without_a_failure_forgives() -> None:
    """After that the free ones are free again, and a moment before they are not."""
    clock = Clock()
    held = LockOut(2, 10, clock)
    for _ in range(4):
        held.failed("192.0.2.1")
    until = held.left_s("192.0.2.1")
    clock.at += until + FORGET_S
    held.failed("192.0.2.1")
    assert held.left_s("192.0.2.1") > 0

    clock.at += held.left_s("192.0.2.1") + FORGET_S + 1
    held.failed("192.0.2.1")
    assert held.left_s("192.0.2.1") == 0


def test_addresses_of_one_owner_are_one() -> None:
    """Of IPv6 an owner has a whole network; an IPv4 address written as IPv6 is that address."""
    held = LockOut(1, 60, Clock())
    held.failed("2001:db8:1:2::1")
    held.failed("::ffff:192.0.2.7")

    assert held.left_s("2001:db8:1:2:ffff::9") > 0
    assert held.left_s("2001:db8:1:3::1") == 0
    assert held.left_s("192.0.2.7") > 0
    assert held.left_s("192.0.2.8") == 0


def test_memory_is_bounded_and_long_failing_never_overflows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many addresses fail, and however often one does."""
    monkeypatch.setattr(lockout, "MOST", 100)
    held = LockOut(1, 900, Clock())
    for n in range(5_000):
        held.failed(f"10.0.{n // 250}.{n % 250}")
        held.failed("192.0.2.1")

    assert len(held._failing) == 100
    assert held.left_s("192.0.2.1") == 900
