"""Long work beside requests, and what it changes of the process meanwhile."""

import asyncio
import gc
import sys

import pytest

from app.policy.calm import NEVER, SWITCH_S, Calm, stays


def _now() -> tuple[float, int]:
    return sys.getswitchinterval(), gc.get_threshold()[2]


def test_turns_are_short_until_the_last_one_is_done() -> None:
    """Whoever ends first takes nothing from the others, and in the end all is as it was."""
    calm, before = Calm(), _now()
    with calm.kept():
        with calm.kept():
            pass
        assert abs(_now()[0] - SWITCH_S) < SWITCH_S / 10
        assert _now()[1] == NEVER

    assert _now() == before


def test_work_that_fails_leaves_nothing_changed() -> None:
    """A policy that cannot be read leaves the process as it was."""
    calm, before = Calm(), _now()
    with pytest.raises(ValueError, match="broken"), calm.kept():
        raise ValueError("broken")

    assert _now() == before


def test_two_pieces_of_work_may_overlap() -> None:
    """The one that began first may end first."""
    calm, before = Calm(), _now()

    async def work(seconds: float) -> None:
        with calm.kept():
            await asyncio.sleep(seconds)
            assert _now()[1] == NEVER

    async def both() -> None:
        await asyncio.gather(work(0.01), work(0.03), work(0))

    asyncio.run(both())
    assert _now() == before


def test_what_is_made_lately_is_still_looked_through() -> None:
    """Only the long look through everything is put off: young garbage does not pile up."""
    young = gc.get_threshold()[:2]
    with Calm().kept():
        assert young == gc.get_threshold()[:2]


def test_what_stays_is_counted_no_more() -> None:
    """What was loaded is nothing that a later collection looks through."""
    kept = [[number] for number in range(1_000)]
    stays()

    assert len(kept) <= gc.get_freeze_count()
    assert not any(one is kept for one in gc.get_objects())
