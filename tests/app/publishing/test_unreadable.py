"""A publication that cannot be used is read once, unless what stood in the way may pass."""

import asyncio
from errno import ENOSPC

import pytest

from app.policy.policies import PoliciesError
from app.sources import published
from app.sources.published import PublishedSource
from tests.app.publishing.conftest import Publishing
from tests.waiting import until


def _full() -> Exception:
    error = PoliciesError("`bank.bar` cannot be read: no space left on device")
    error.__cause__ = OSError(ENOSPC, "no space left on device")
    return error


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        (PoliciesError("this version does not read it"), False),
        (ValueError(), False),
        (_full(), True),
        (OSError(ENOSPC, "no space left on device"), True),
    ],
)
def test_what_will_not_be_right_by_being_read_again_is_not(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch, fault: Exception, *, again: bool
) -> None:
    """Else each gateway would read it whole every few seconds, for ever."""
    desk.up()
    looks = 0
    number = desk.gateway.gateway.desk.published.number

    async def counted() -> int:
        nonlocal looks
        looks += 1
        return await number()

    def refused(*_found: object, **_how: object) -> None:
        raise fault

    monkeypatch.setattr(published, "LOOK_S", 0.01)
    monkeypatch.setattr(published, "restored", refused)
    monkeypatch.setattr(desk.gateway.gateway.desk.published, "number", counted)

    async def work() -> bool:
        source, stop, changed = (
            PublishedSource(lambda: desk.gateway.gateway.desk.published),
            asyncio.Event(),
            0,
        )
        with pytest.raises(type(fault)):
            await source.read()

        async def follow() -> None:
            nonlocal changed
            async for _ in source.changes(stop):
                changed += 1

        following = asyncio.ensure_future(follow())
        before = looks
        await until(lambda: looks > before + 3)
        stop.set()
        await following
        return changed > 0

    assert desk.gateway.run(work()) is again
