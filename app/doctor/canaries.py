"""Sends a call that must never pass through each edge, and looks for its record."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from app.deciding.canary import CANARY
from app.doctor.check import Check, finding, ok
from memory.ids import new_id

REVISION: Final = "2026-07-28"
_META: Final = "io.modelcontextprotocol"
_HINT: Final = "let no agent call tools there until it does; a restart or a good canary opens it"


def http(asks: httpx.Client, key: str) -> Iterator[Check]:
    """Send the canary through the HTTP edge."""
    body = {"call_id": new_id("canary", datetime.now(UTC)), "tool": CANARY, "args": {}}
    yield from _judged("http", asks, key, lambda: _posted(asks, "/v1/check", key, body))


def mcp(asks: httpx.Client, key: str, gateways: Sequence[str]) -> Iterator[Check]:
    """Send the canary through each MCP gateway."""
    for name in gateways:
        edge = f"mcp ({name})"
        yield from _judged(edge, asks, key, lambda path=f"/mcp/{name}": _called(asks, path, key))


def _posted(
    asks: httpx.Client,
    path: str,
    key: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Any:
    sent = {"Authorization": f"Bearer {key}", **(headers or {})}
    return asks.post(path, json=body, headers=sent).json()


def _called(asks: httpx.Client, path: str, key: str) -> Any:
    """Call the canary as a client of the newest revision does, in one request."""
    meta = {f"{_META}/protocolVersion": REVISION, f"{_META}/clientCapabilities": {}}
    params = {"name": CANARY, "arguments": {}, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "MCP-Protocol-Version": REVISION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": CANARY,
        "Accept": "application/json, text/event-stream",
    }
    answer = _posted(asks, path, key, body, headers)
    told = answer.get("error", {}).get("data") or answer.get("result", {}).get("structuredContent")
    return (told or {}).get("drawbar", answer)


def _judged(edge: str, asks: httpx.Client, key: str, send: Any) -> Iterator[Check]:
    try:
        told = send()
        effect, reason = told.get("effect"), told.get("reason")
        decision = told.get("decision_id")
        if (effect, reason) != ("deny", "canary"):
            words = f"the edge {edge} answered the canary otherwise than deny: {_short(told)}"
            yield finding("canary", words, _HINT)
            return
        kept = asks.get(f"/v1/decisions/{decision}", headers={"Authorization": f"Bearer {key}"})
        record = kept.json()
    except (httpx.HTTPError, ValueError, AttributeError, TypeError) as error:
        words = f"the edge {edge} did not answer the canary ({type(error).__name__})"
        yield finding("canary", words, _HINT)
        return
    if kept.is_success and record.get("reason") == "canary":
        yield ok("canary", f"the edge {edge} denied the canary and recorded it as {decision}")
    else:
        words = f"the edge {edge} denied the canary and left no record of it ({decision})"
        yield finding("canary", words, _HINT)


def _short(told: Any) -> str:
    return str(told)[:200]
