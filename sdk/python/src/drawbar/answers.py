"""Reads the gateway's answers strictly; a strange one is a fault, never a guess."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from drawbar import exact
from drawbar.decision import Approval, Change, Decision, Effect, Need, Obligation
from drawbar.fault import Fault
from drawbar.http1 import Answer
from drawbar.observed import Observed
from drawbar.report import Report

_HTTP_OK: Final = 200
_HTTP_ACCEPTED: Final = 202
_EFFECTS: Final[tuple[Effect, ...]] = ("allow", "ask", "deny")
_STATUSES: Final = frozenset({"pending", "approved", "rejected", "used", "expired"})
_KEPT: Final = "call_after"  # the gateway itself denies the next call until that tool was called
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_Kind = TypeVar("_Kind")
_Fields = dict[str, Any]


def decision(
    answer: Answer,
    call_id: str,
    *,
    dry_run: bool,
    changed_args: bool = False,
    obligations: Collection[str] = (),
) -> Decision:
    """Read a decision; an allow that wants more than the caller can do is a deny."""
    fields = _body(answer)
    made = _decision(fields, call_id, dry_run=dry_run)
    if made.effect != "allow" or _can(made, obligations, changed_args=changed_args):
        return made
    return replace(
        made,
        effect="deny",
        reason="unsupported_obligation",
        message="Denied: the call is allowed with changes that this client cannot make.",
        seat_token=None,
    )


def _decision(fields: _Fields, call_id: str, *, dry_run: bool) -> Decision:
    effect = fields.get("effect")
    if effect not in _EFFECTS:
        raise Fault("the answer of the gateway has no known effect")
    if fields.get("call_id") != call_id:
        raise Fault("the answer of the gateway is about another call")
    return Decision(
        effect=cast("Effect", effect),
        reason=_required(fields, "reason"),
        message=_optional(fields, "message", str) or "",
        decision_id=_required(fields, "decision_id"),
        call_id=call_id,
        retryable=_optional(fields, "retryable", bool) or False,
        reasons=tuple(_objects(fields, "reasons")),
        revision=_optional(fields, "revision", str),
        dry_run=_optional(fields, "dry_run", bool) or dry_run,
        args=_optional(fields, "args", dict),
        changes=_changes(fields),
        obligations=tuple(_obligation(one) for one in _objects(fields, "obligations")),
        approval=_handle(_optional(fields, "approval", dict)),
        seat_token=_optional(fields, "seat_token", str),
        display=_display(_optional(fields, "display", dict)),
        would=_optional(fields, "would", str),
        observe_until=_optional(fields, "observe_until", str),
    )


def _can(made: Decision, obligations: Collection[str], *, changed_args: bool) -> bool:
    """Tell whether the caller said that it can do all that the allow comes with."""
    if made.args is None and made.changes:
        return False
    able = made.args is None or changed_args
    return able and all(one.type in (_KEPT, *obligations) for one in made.obligations)


def observed(answer: Answer, event_id: str) -> Observed:
    """Read what is said of the one event that was sent."""
    match _objects(_body(answer), "events"):
        case [fields] if fields.get("id") == event_id:
            return _observed(fields, event_id)
    raise Fault("the answer of the gateway is about another event")


def _observed(fields: _Fields, event_id: str) -> Observed:
    effect = fields.get("effect")
    if effect not in _EFFECTS:
        raise Fault("the answer of the gateway has no known effect")
    message = _optional(fields, "message", str) or ""
    return Observed(
        effect="allow" if effect == "allow" else "deny",
        reason=_required(fields, "reason"),
        message=message if message or effect == "allow" else "This is withheld.",
        event_id=event_id,
        changed=fields.get("changed"),
        changes=_changes(fields),
        reasons=tuple(_objects(fields, "reasons")),
    )


def session(answer: Answer, name: str, event_id: str) -> Observed:
    """Read whether a session is as it was asked to be."""
    if _body(answer).get("session") != name:
        raise Fault("the answer of the gateway is about another session")
    return Observed(effect="allow", reason="default", message="", event_id=event_id)


def approval(answer: Answer, approval_id: str) -> Approval:
    """Read how an approval stands."""
    made = _handle(_body(answer))
    if made is None or made.id != approval_id:
        raise Fault("the answer of the gateway is about another approval")
    return made


def report(answer: Answer) -> Report:
    """Read what became of a report."""
    fields = _body(answer, _HTTP_ACCEPTED)
    name, counted = _required(fields, "report_id"), _optional(fields, "counted", bool)
    reason = _optional(fields, "reason", str)
    return Report(report_id=name, counted=counted is True and reason is None, reason=reason)


def tools(answer: Answer) -> frozenset[tuple[Any, Any]]:
    """Read which tools are worth showing, as their servers and names."""
    found = _objects(_body(answer), "tools")
    return frozenset((one.get("server"), one.get("name")) for one in found)


def _handle(fields: _Fields | None) -> Approval | None:
    if fields is None:
        return None
    status = _required(fields, "status")
    if status not in _STATUSES:
        raise Fault("the answer of the gateway has no known status")
    return Approval(
        id=_required(fields, "id"),
        status=status,
        needs=tuple(_need(one) for one in _objects(fields, "needs")),
        expires_at=_optional(fields, "expires_at", str),
        url=_optional(fields, "url", str) or "",
    )


def _need(fields: _Fields) -> Need:
    return Need(
        kind=_required(fields, "kind"),
        role=_optional(fields, "role", str),
        status=_required(fields, "status"),
    )


def _display(fields: _Fields | None) -> _Fields | None:
    if fields is not None:
        _required(fields, "text")
    return fields


def _changes(fields: _Fields) -> tuple[Change, ...]:
    changes = _objects(fields, "changes")
    return tuple(Change(_text(one, "path"), _required(one, "kind")) for one in changes)


def _obligation(fields: _Fields) -> Obligation:
    properties = _optional(fields, "properties", dict) or {}
    return Obligation(_required(fields, "id"), _required(fields, "type"), properties)


def _text(fields: _Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Fault(f"the answer of the gateway has no `{name}`")
    return value


def _required(fields: _Fields, name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise Fault(f"the answer of the gateway has no `{name}`")
    return value


def _optional(fields: _Fields, name: str, kind: type[_Kind]) -> _Kind | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, kind):
        raise Fault(f"`{name}` in the answer of the gateway has the wrong type")
    return value


def _objects(fields: _Fields, name: str) -> list[_Fields]:
    items = _optional(fields, name, list) or []
    if not all(isinstance(item, dict) for item in items):
        raise Fault(f"`{name}` in the answer of the gateway has the wrong type")
    return items


def _body(answer: Answer, status: int = _HTTP_OK) -> _Fields:
    if answer.status != status:
        raise _refusal(answer)
    return exact.read(answer.body)


def _refusal(answer: Answer) -> Fault:
    """Tell why the gateway refused; only a problem document (RFC 9457) is quoted."""
    status = f"the gateway answered with HTTP status {answer.status}"
    if answer.media_type != "application/problem+json":
        return Fault(status)
    try:
        problem = exact.read(answer.body)
    except Fault:
        return Fault(status)
    code, detail = problem.get("code"), problem.get("detail") or problem.get("title")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return Fault(status)
    if not isinstance(detail, str):
        return Fault(status, code)
    return Fault(f"{status}: {exact.shown(detail).rstrip('.')}", code)
