"""A call that must never pass: whoever sends it learns whether an edge decides and records."""

from typing import Final

import structlog

from dsl.model import Decision, Effect, ReasonCode, ToolCall

CANARY: Final = "drawbar.canary"
log = structlog.get_logger("drawbar.edge")


def is_canary(call: ToolCall) -> bool:
    """Tell whether a call is the reserved one."""
    return call.tool == CANARY


class Canaries:
    """The edges whose canary was not denied, or left no record: they deny everything.

    One that was not denied is out of trust until a canary is. One that left no record is so until
    something can be recorded again.
    """

    def __init__(self) -> None:
        self._closed: dict[str, str] = {}

    def is_closed(self, edge: str) -> bool:
        """Tell whether an edge denies everything."""
        return edge in self._closed

    @property
    def faults(self) -> list[str]:
        """Name the edges that deny everything, as faults of readiness."""
        return [f"canary_{why}:{edge}" for edge, why in sorted(self._closed.items())]

    def lost(self, edge: str, call: ToolCall) -> None:
        """Close an edge whose canary left no record."""
        if is_canary(call):
            self._close(edge, "unrecorded")

    def came(self, edge: str, call: ToolCall, decision: Decision) -> None:
        """Look at a decision that was recorded."""
        if not is_canary(call):
            if self._closed.get(edge) == "unrecorded":
                self._open(edge)
            return
        verdict = decision.verdict
        if (verdict.effect, verdict.code) == (Effect.DENY, ReasonCode.CANARY):
            self._open(edge)
        else:
            self._close(edge, "passed")

    def _close(self, edge: str, why: str) -> None:
        self._closed[edge] = why
        log.error("a canary was not denied or not recorded, the edge denies all", edge=edge)

    def _open(self, edge: str) -> None:
        if self._closed.pop(edge, None) is not None:
            log.warning("an edge decides again", edge=edge)
