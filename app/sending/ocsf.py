"""Records as events of the Open Cybersecurity Schema Framework: API Activity, 1.6.0."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.version import VERSION

SCHEMA: Final = "1.6.0"
_CLASS: Final = 6003  # API Activity
_OTHER: Final = 99
_INFORMATIONAL: Final = 1
# What the profile `security_control` calls each effect: the action, and its outcome.
_ACTIONS: Final = {
    "allow": (1, "Allowed", 1, "Allowed"),
    "deny": (2, "Denied", 2, "Blocked"),
    "ask": (0, "Unknown", 23, "Challenge"),
}


def event(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision's record as an event; what has no place there is `unmapped`."""
    action_id, action, disposition_id, disposition = _ACTIONS[told["effect"]]
    rule = next((one for one in told["reasons"] if one["rule"]), None)
    return {
        "activity_id": _OTHER,
        "activity_name": f"tool {told.get('phase', 'call')}",
        "category_uid": _CLASS // 1000,
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + _OTHER,
        "time": int(datetime.fromisoformat(told["at"]).timestamp() * 1000),
        "severity_id": _INFORMATIONAL,
        "status_id": 1 if told["effect"] == "allow" else 2,
        "message": told["message"],
        "metadata": {
            "version": SCHEMA,
            "profiles": ["security_control"],
            "product": {"name": "Drawbar", "vendor_name": "Drawbar", "version": VERSION},
            "uid": told["id"],
            "tenant_uid": told["tenant"],
            "event_code": told["reason"],
        },
        "actor": _actor(told),
        "api": {
            "operation": told["tool"],
            "request": {"uid": told["call_id"]},
            **({"service": {"name": told["server"]}} if told["server"] else {}),
        },
        "src_endpoint": {"uid": told["key_id"], "name": told["edge"]},
        "action_id": action_id,
        "action": action,
        "disposition_id": disposition_id,
        "disposition": disposition,
        **({"policy": _policy(rule, told["revision"])} if rule else {}),
        "unmapped": {name: told[name] for name in _UNMAPPED if name in told},
    }


_UNMAPPED: Final = (
    "args_hmac",
    "changed_hmac",
    "reasons",
    "changes",
    "atoms",
    "dry_run",
    "would",
    "observe_until",
    "first",
    "glass",
    "revision",
)


def _actor(told: Mapping[str, Any]) -> dict[str, Any]:
    actor: dict[str, Any] = {"user": {"uid": told["subject"] or told["key_id"]}}
    if told["agent"]:
        actor["app_uid"] = told["agent"]
    if told["session"]:
        actor["session"] = {"uid": told["session"]}
    return actor


def _policy(rule: Mapping[str, Any], revision: str | None) -> dict[str, Any]:
    named = {"name": rule["policy"], "uid": f"{rule['policy']}/{rule['rule']}"}
    return {**named, **({"version": revision} if revision else {})}
