"""Acts as events of the Open Cybersecurity Schema Framework: API Activity, as decisions are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.sending.ocsf import SCHEMA
from app.version import VERSION
from memory.records.act import By, What

_CLASS: Final = 6003  # API Activity
_INFORMATIONAL: Final = 1
_CREATE, _READ, _UPDATE, _DELETE = (1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")
_ACTIVITIES: Final = {
    What.KEY_CREATED: _CREATE,
    What.KEY_ROTATED: _CREATE,
    What.KEY_REVOKED: _DELETE,
    What.PERSON_ADDED: _CREATE,
    What.PERSON_REMOVED: _DELETE,
    What.PERSON_PASSWORD: _UPDATE,
    What.PERSON_SIGNED_IN: _READ,
    What.EVIDENCE_SHOWN: _READ,
    What.EVIDENCE_EXPORTED: _READ,
    What.EVIDENCE_ERASED: _DELETE,
    What.SESSION_DELETED: _DELETE,
    What.SESSIONS_ANEW: _DELETE,
    What.POLICY_OBSERVE: _UPDATE,
    What.POLICY_ENFORCE: _UPDATE,
    What.DRAFT_CREATED: _CREATE,
    What.DRAFT_CHANGED: _UPDATE,
    What.DRAFT_DELETED: _DELETE,
    What.POLICY_PROPOSED: _CREATE,
    What.POLICY_WITHDRAWN: _DELETE,
    What.POLICY_PUBLISHED: _UPDATE,
    What.POLICY_ROLLED_BACK: _UPDATE,
    What.AGENT_FROZEN: _UPDATE,
    What.AGENT_THAWED: _UPDATE,
    What.SUBJECT_FROZEN: _UPDATE,
    What.SUBJECT_THAWED: _UPDATE,
    What.TENANT_FROZEN: _UPDATE,
    What.TENANT_THAWED: _UPDATE,
    What.GLASS_ASKED: _CREATE,
    What.GLASS_BROKEN: _UPDATE,
    What.GLASS_REFUSED: _READ,
    What.GLASS_ENDED: _UPDATE,
    What.GLASS_OVER: _UPDATE,
    What.FEEDBACK_REPORTED: _CREATE,
    What.FEEDBACK_WITHDRAWN: _DELETE,
    What.MEMORY_REFRESHED: _CREATE,
    What.MEMORY_ROLLED_BACK: _UPDATE,
    What.MEMORY_RELEASED: _UPDATE,
    What.MEMORY_REJECTED: _DELETE,
    What.MEMORY_PROMOTED: _UPDATE,
}


def event(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return an act's record as an event; what has no place there is `unmapped`."""
    activity_id, activity = _ACTIVITIES[What(told["what"])]
    return {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": _CLASS // 1000,
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + activity_id,
        "time": int(datetime.fromisoformat(told["at"]).timestamp() * 1000),
        "severity_id": _INFORMATIONAL,
        "status_id": 1,
        "metadata": {
            "version": SCHEMA,
            "product": {"name": "Drawbar", "vendor_name": "Drawbar", "version": VERSION},
            "uid": told["id"],
            "tenant_uid": told["tenant"],
            "event_code": told["what"],
        },
        "actor": {"user": {"uid": told["who"]}},
        "api": {"operation": told["what"]},
        "src_endpoint": _source(told),
        **_resources(told),
        "unmapped": {name: told[name] for name in ("by", "subject", "session", "details")},
    }


def _source(told: Mapping[str, Any]) -> dict[str, Any]:
    """Say from where it was done: with a key, by a gateway itself, or at a machine."""
    if told["by"] in (By.API_KEY, By.GATEWAY):
        return {"uid": told["who"]}
    return {"hostname": told["who"].rpartition("@")[2]}


def _resources(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"resources": [{"uid": told["about"]}]} if told["about"] else {}
