"""JSON both ways without losing anything: every digit is written and read as it is."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from drawbar.fault import Fault
from drawbar.http1 import MAX_ANSWER

MAX_REQUEST: Final = 1024 * 1024
_SHOWN: Final = 300


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


def written(value: Any) -> str:
    """Write a value exactly, or raise the fault `invalid_call`."""
    return _text(value, "")


def _invalid(what: str) -> Fault:
    return Fault(shown(what), "invalid_call")


def shown(text: str) -> str:
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
            return encode_basestring(value)
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
    return f"{encode_basestring(key)}:{_text(value, f'{path}/{key}')}"


def read(body: bytes) -> dict[str, Any]:
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
