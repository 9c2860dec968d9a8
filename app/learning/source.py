"""A source of policies to which memory adds what it has learned."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

import structlog

from app.learning.joining import joined
from app.sources.source import Fresh, Source
from app.telemetry import Metrics
from dsl.errors import DrawbarError, hindered

log = structlog.get_logger("drawbar.memory")
Overlays = Callable[[], Mapping[str, str]]


def nothing() -> Mapping[str, str]:
    """Return no overlay of anybody."""
    return {}


class LearnedSource:
    """Reads what people wrote, and puts the overlays of memory beside it.

    An overlay that cannot stand beside these policies is left out, and told of: what people wrote
    never waits for memory. Where the machine stands in the way, nothing is taken up, and soon all
    is read again: no full disk takes a learned rule away.
    """

    def __init__(
        self, inner: Source, overlays: Overlays, metrics: Metrics, softening: Overlays = nothing
    ) -> None:
        self._inner = inner
        self._overlays = overlays
        self._softening = softening
        self._metrics = metrics
        self.written: Fresh | None = None  # what people wrote, as it was read last

    @property
    def place(self) -> str:
        """Name it for people."""
        return self._inner.place

    async def read(self) -> Fresh:
        """Return what people wrote, with what was learned."""
        fresh = await self._inner.read()
        self.written = fresh
        overlays, softening = dict(self._overlays()), dict(self._softening())
        if not (overlays or softening) or not fresh.policies.decides:
            self._metrics.memory_refused.set(0)
            return fresh
        try:
            return await asyncio.to_thread(self._joined, fresh, overlays, softening)
        except (DrawbarError, OSError):
            self.again()
            raise

    def changes(self, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Yield whenever what people wrote should be read again."""
        return self._inner.changes(stop)

    def again(self) -> None:
        """Count what was read last as a change."""
        self._inner.again()

    def _joined(
        self, fresh: Fresh, overlays: Mapping[str, str], softening: Mapping[str, str]
    ) -> Fresh:
        try:
            found = joined(fresh, overlays, softening)
        except (DrawbarError, OSError, ValueError) as error:
            if hindered(error):
                raise
            found = self._one_by_one(fresh, overlays, softening)
        else:
            self._metrics.memory_refused.set(0)
        return found

    def _one_by_one(
        self, fresh: Fresh, overlays: Mapping[str, str], softening: Mapping[str, str]
    ) -> Fresh:
        """Join what can be joined, first what narrows, and say what cannot."""
        narrow, soft, refused, found = dict[str, str](), dict[str, str](), 0, fresh
        for kept, some in ((narrow, overlays), (soft, softening)):
            for tenant, text in some.items():
                kept[tenant] = text
                try:
                    found = joined(fresh, narrow, soft)
                except (DrawbarError, OSError, ValueError) as error:
                    if hindered(error):
                        raise
                    del kept[tenant]
                    refused += 1
                    log.error("learned rules cannot be bound", tenant=tenant, detail=str(error))  # noqa: TRY400 - one line
        self._metrics.memory_refused.set(refused)
        return found
