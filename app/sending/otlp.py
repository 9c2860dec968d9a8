"""Records as OTLP log records, in that protocol's JSON encoding."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.version import VERSION
from memory.records.following import Chained

_INFO, _WARN = 9, 13  # severity numbers
# What of a record stands beside its body, to be searched by: as the decision's span has it.
_NAMED: Final = {
    "id": "drawbar.decision.id",
    "effect": "drawbar.decision.effect",
    "would": "drawbar.decision.would",
    "reason": "drawbar.decision.reason",
    "revision": "drawbar.decision.revision",
    "phase": "drawbar.decision.phase",
    "edge": "drawbar.decision.edge",
    "tool": "drawbar.tool",
    "what": "drawbar.act.what",
    "who": "drawbar.act.who",
}


def request(found: Sequence[Chained]) -> dict[str, Any]:
    """Return what is sent to `/v1/logs` of a collector."""
    product = [_text("service.name", "drawbar"), _text("service.version", VERSION)]
    scope = {"scope": {"name": "drawbar.records"}, "logRecords": [_log(one) for one in found]}
    return {"resourceLogs": [{"resource": {"attributes": product}, "scopeLogs": [scope]}]}


def _log(one: Chained) -> dict[str, Any]:
    told: Mapping[str, Any] = json.loads(one.content)
    at = datetime.fromisoformat(told["at"])
    denied = told.get("effect") == "deny"
    place = [_text("drawbar.chain.writer", one.writer), _text("drawbar.chain.hash", one.hash)]
    named = [_text(name, told[key]) for key, name in _NAMED.items() if told.get(key)]
    return {
        "timeUnixNano": str(int(at.timestamp()) * 10**9 + at.microsecond * 1000),
        "severityNumber": _WARN if denied else _INFO,
        "severityText": "WARN" if denied else "INFO",
        "eventName": f"drawbar.{one.kind}",
        "body": {"stringValue": one.content},
        "attributes": [*place, _number("drawbar.chain.seq", one.seq), *named],
    }


def _text(name: str, value: Any) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": str(value)}}


def _number(name: str, value: int) -> dict[str, Any]:
    return {"key": name, "value": {"intValue": str(value)}}  # as text: JSON's numbers are smaller
