"""Drawbar itself, asked as the others are."""

from datetime import UTC, datetime

from host import Call, Decide, Prepare  # type: ignore[import-not-found]

from app.version import VERSION
from bench.speed import deciding
from dsl.model import ToolCall

_NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def version() -> str:
    """Return the version of Drawbar."""
    return VERSION


def load(text: str) -> tuple[Prepare, Decide]:
    """Read the policy, as a gateway does that knows nothing of it yet."""
    decided = deciding.compiled(text)

    def prepare(call: Call) -> ToolCall:
        return ToolCall("c", call["tool"], call["args"])

    def decide(call: ToolCall) -> bool:
        return decided(call, _NOW).effect == "allow"

    return prepare, decide
