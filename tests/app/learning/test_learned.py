"""What a gateway has taken up of what was learned."""

import asyncio
from typing import Any

from app.learning.learned import Learned
from app.telemetry import Metrics
from tests.memory.records.test_log import NOW


class Newest:
    """A store whose newest revision is one with as many rules as its number."""

    def __init__(self) -> None:
        self.seq = 1

    async def numbers(self) -> dict[str, int]:
        return {"acme": self.seq}

    async def newest(self, tenant: str) -> dict[str, Any]:
        seq = self.seq
        await asyncio.sleep(0)
        rules = [{"id": f"m_{at}", "side": "deny", "level": "shadow"} for at in range(seq)]
        told = {"rules": rules, "soften": [], "narrow": ""}
        return {"tenant": tenant, "seq": seq, "as_of": NOW.isoformat(), "before": "", "told": told}


class Silent:
    """A store in which nobody said anything of softening."""

    async def newest(self) -> dict[str, Any]:
        return {}


def test_what_two_take_up_at_once_is_counted_once() -> None:
    """A gateway that is told of a revision while it looks by itself counts its rules once."""
    metrics, store = Metrics(), Newest()
    learned = Learned(store, Silent(), metrics, lambda: NOW)  # type: ignore[arg-type]  # stands in

    async def twice() -> None:
        await learned.take()
        store.seq = 3
        await asyncio.gather(learned.take(), learned.take())

    asyncio.run(twice())

    assert metrics.memory_level_changes.labels("refresh")._value.get() == 2.0
