"""All sources of one gateway."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from app.facts import registry
from app.facts.asked import Asked, Keeping
from app.facts.asker import Asker
from app.facts.cache import Cache
from app.facts.settings import FactSettings
from app.facts.writes import writes
from app.telemetry import Metrics
from dsl.evaluation.opinion import Bound
from dsl.model import NOTHING
from memory.sessions.sessions import Turn


class Facts:
    """Opens the sources, and gives each decision its own view of them."""

    def __init__(
        self, settings: Mapping[str, FactSettings], read_only: Sequence[str], metrics: Metrics
    ) -> None:
        self._read_only = tuple(read_only)
        self._cache = Cache()
        self._askers = {
            name: Asker(name, registry.make(name, one), one, metrics)
            for name, one in settings.items()
        }

    @property
    def takes(self) -> Mapping[str, frozenset[str]]:
        """Name the sources, each with the arguments of its look-ups."""
        return {name: one.source.takes for name, one in self._askers.items()}

    async def open(self) -> AsyncExitStack:
        """Make every source ready, or none; return what closes them."""
        async with AsyncExitStack() as opening:
            for one in self._askers.values():
                opening.push_async_callback(one.source.close)
                await one.source.open()
            return opening.pop_all()

    def asked(
        self, turn: Turn, bound: Sequence[Bound], given: Mapping[str, Any] = NOTHING
    ) -> Asked:
        """Return the facts of one decision; `given` came with its request."""

        def keeping() -> Keeping | None:
            if turn.session is None:
                return None
            place = (turn.owner.tenant, turn.name)
            return Keeping(self._cache, place, writes(turn.session, bound, self._read_only))

        return Asked(self._askers, given, keeping)
