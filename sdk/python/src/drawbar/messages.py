"""The two texts on the wire: the question as exact JSON, the answer read strictly."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

from drawbar.decision import Decision, Effect, Fault
from drawbar.transport import MAX_ANSWER, Answer

MAX_REQUEST: Final = 1024 * 1024
_HTTP_OK = 200
_EFFECTS: tuple[Effect, ...] = ("allow", "ask", "deny")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHOWN = 300
_Kind = TypeVar("_Kind")


def write(members: Mapping[str, Any]) -> bytes:
    """Write a request exactly, or raise the fault `invalid_call`."""
    try:
        body = _text(members, "").encode()
    except UnicodeEncodeError as error:
        raise _invalid("a text in the call is not valid Unicode") from error
    except RecursionError as error:
        raise _invalid("the call is nested too deep or holds itself") from error
    if len(body) > MAX_REQUEST:
        raise _invalid("the call is larger than 1 MiB")
    return body


def _invalid(what: str) -> Fault:
    return Fault(_shown(what), "invalid_call")


def _shown(text: str) -> str:
    """Make a text of others fit for one line of a log."""
    line = " ".join(text[:_SHOWN].split())
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def _text(value: Any, path: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case int() | float() | Decimal():
            return _number(value, path)
        case Mapping():
            return "{" + ",".join(_member(key, item, path) for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(_text(item, f"{path}/{i}") for i, item in enumerate(value)) + "]"
    raise _invalid(f"JSON cannot hold the {type(value).__name__} at `{path}`")


def _number(value: float | Decimal, path: str) -> str:
    """Write a number as it is: a Decimal never passes through a float."""
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError as error:
            raise _invalid(f"too many digits in the number at `{path}`") from error
    if isinstance(value, Decimal):
        finite, text = value.is_finite(), Decimal.__str__(value)
    else:
        finite, text = math.isfinite(value), float.__repr__(value)
    if not finite:
        raise _invalid(f"JSON cannot hold the number {text} at `{path}`")
    return text


def _member(key: Any, value: Any, path: str) -> str:
    if not isinstance(key, str):
        raise _invalid(f"a key that is not a text in `{path}`")
    return f"{json.dumps(key, ensure_ascii=False)}:{_text(value, f'{path}/{key}')}"


def read(answer: Answer, call_id: str, *, dry_run: bool) -> Decision:
    """Read the gateway's decision, or raise the fault that stands in its place."""
    if answer.status != _HTTP_OK:
        raise _refusal(answer)
    fields = _object(answer.body)
    decision = _decision(fields, call_id, dry_run=dry_run)
    if decision.effect == "allow" and _asks_for_more(fields):
        return replace(
            decision,
            effect="deny",
            reason="unsupported_obligation",
            message="Denied: the call is allowed with changes that this client cannot make.",
        )
    return decision


def _decision(fields: dict[str, Any], call_id: str, *, dry_run: bool) -> Decision:
    effect = fields.get("effect")
    if effect not in _EFFECTS:
        raise Fault("the answer of the gateway has no known effect")
    if fields.get("call_id") != call_id:
        raise Fault("the answer of the gateway is about another call")
    return Decision(
        effect=cast("Effect", effect),
        reason=_required(fields, "reason"),
        message=_optional(fields, "message", str, ""),
        decision_id=_required(fields, "decision_id"),
        call_id=call_id,
        retryable=_optional(fields, "retryable", bool, default=False),
        reasons=_reasons(fields),
        revision=_optional(fields, "revision", str, None),
        dry_run=_optional(fields, "dry_run", bool, default=False) or dry_run,
    )


def _asks_for_more(fields: dict[str, Any]) -> bool:
    """Tell whether the allow holds for other arguments, or for a seat that does more."""
    lists = [fields.get("changes"), fields.get("obligations")]
    return fields.get("args") is not None or any(item not in (None, []) for item in lists)


def _required(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Fault(f"the answer of the gateway has no `{name}`")
    return value


def _optional(fields: dict[str, Any], name: str, kind: type[_Kind], default: Any) -> Any:
    value = fields.get(name, default)
    if value is not default and not isinstance(value, kind):
        raise Fault(f"`{name}` in the answer of the gateway has the wrong type")
    return value


def _reasons(fields: dict[str, Any]) -> tuple[Mapping[str, Any], ...]:
    reasons = _optional(fields, "reasons", list, [])
    if not all(isinstance(reason, dict) for reason in reasons):
        raise Fault("`reasons` in the answer of the gateway has the wrong type")
    return tuple(reasons)


def _refusal(answer: Answer) -> Fault:
    """Tell why the gateway refused; only a problem document (RFC 9457) is quoted."""
    status = f"the gateway answered with HTTP status {answer.status}"
    if answer.media_type != "application/problem+json":
        return Fault(status)
    try:
        problem = _object(answer.body)
    except Fault:
        return Fault(status)
    code, detail = problem.get("code"), problem.get("detail") or problem.get("title")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return Fault(status)
    if not isinstance(detail, str):
        return Fault(status, code)
    return Fault(f"{status}: {_shown(detail).rstrip('.')}", code)


def _object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object strictly: no duplicate keys, no NaN, exact numbers."""
    if not body:
        raise Fault("the answer of the gateway is empty")
    if len(body) > MAX_ANSWER:
        raise Fault("the answer of the gateway is larger than 1 MiB")
    try:
        tree = _DECODER.decode(body.decode())
    except (ValueError, ArithmeticError) as error:
        raise Fault("the answer of the gateway is not JSON") from error
    except RecursionError as error:
        raise Fault("the answer of the gateway is nested too deep") from error
    if not isinstance(tree, dict):
        raise Fault("the answer of the gateway is not a JSON object")
    return tree


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Fault("a key stands twice in the answer of the gateway")
    return members


def _constant(text: str) -> Any:
    message = f"{text} is not a JSON number"
    raise ValueError(message)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_constant
)
