"""JSON-RPC messages, read by the strict reader and written with exact numbers.

The SDK's own decoder keeps the last of two equal keys and makes floats of numbers, so one text
could be decided and another one run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dsl import strictjson
from dsl.errors import DrawbarError

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
DENIED: Final = -32001

Id = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """A message that wants an answer."""

    id: Id
    method: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that wants none."""

    method: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: a result or an error."""

    id: Id | None
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None = None


Message = Request | Notification | Answer


class Refused(Exception):
    """A request that ends in an error of JSON-RPC."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class NotAMessage(DrawbarError):
    """A text that is no JSON-RPC message, or one that can be read in two ways."""

    def __init__(self, code: int, message: str, text: bytes = b"", path: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.id = _id_of(text)


def read(text: bytes, leaves: int = strictjson.MESSAGE_LEAVES) -> Message:
    """Return the one message that a text holds."""
    try:
        tree = strictjson.read(text, leaves, strictjson.MESSAGE_DEPTH)
        _measure(tree)
    except strictjson.InvalidJson as error:
        raise NotAMessage(PARSE_ERROR, str(error), text, error.path) from error
    if not isinstance(tree, dict) or tree.get("jsonrpc") != "2.0":
        raise NotAMessage(INVALID_REQUEST, "the text is not one JSON-RPC message", text)
    return _message(tree, text)


def _measure(tree: Any) -> None:
    """Refuse arguments that are too deep or too large by themselves."""
    params = tree.get("params") if isinstance(tree, dict) else None
    if not isinstance(params, dict):
        return
    try:
        strictjson.refuse_large(params.get("arguments"))
    except strictjson.InvalidJson as error:
        raise strictjson.InvalidJson(str(error), f"/params/arguments{error.path}") from error


def _message(tree: dict[str, Any], text: bytes) -> Message:
    answers = "result" in tree or "error" in tree
    params = tree.get("params", {})
    match tree:
        case {"method": str(method)} if not answers and isinstance(params, dict):
            if "id" not in tree:
                return Notification(method, params)
            if is_id(tree["id"]):
                return Request(tree["id"], method, params)
        case {"method": _}:
            pass
        case {"id": name, "result": dict(result)} if is_id(name) and "error" not in tree:
            return Answer(name, result)
        case {"id": name, "error": {"code": int(), "message": str()}} if "result" not in tree:
            if name is None or is_id(name):
                return Answer(name, None, tree["error"])
        case _:
            pass
    raise NotAMessage(INVALID_REQUEST, "the text is not one JSON-RPC message", text)


def is_id(value: Any) -> bool:
    """Tell whether a request may be named so."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def _id_of(text: bytes) -> Id | None:
    """Return the id that an unreadable request gives itself, so that its sender hears of it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = found.get("id") if isinstance(found, dict) and "method" in found else None
    return name if is_id(name) and _can_be_said(name) else None


def _can_be_said(name: Any) -> bool:
    """Tell whether an id could be read and written; half of a surrogate pair could not."""
    try:
        strictjson.read(json.dumps(name))
    except (strictjson.InvalidJson, ValueError):
        return False
    return True


def request(name: Id, method: str, params: Mapping[str, Any]) -> bytes:
    """Write a request."""
    return _written({"jsonrpc": "2.0", "id": name, "method": method, "params": params})


def notification(method: str, params: Mapping[str, Any]) -> bytes:
    """Write a notification."""
    return _written({"jsonrpc": "2.0", "method": method, "params": params})


def result(name: Id, content: Mapping[str, Any]) -> bytes:
    """Write what came of a request."""
    return _written({"jsonrpc": "2.0", "id": name, "result": content})


def error(name: Id | None, refused: Refused) -> bytes:
    """Write that a request was refused."""
    told: dict[str, Any] = {"code": refused.code, "message": str(refused)}
    if refused.data is not None:
        told["data"] = refused.data
    return _written({"jsonrpc": "2.0", "id": name, "error": told})


def unreadable(fault: NotAMessage) -> Refused:
    """Say of a text that could not be read what is wrong with it, and that nothing was run."""
    told = {"effect": "deny", "reason": "invalid_call", "path": fault.path}
    return Refused(fault.code, str(fault), {"drawbar": told})


def _written(message: Mapping[str, Any]) -> bytes:
    return strictjson.written(message).encode()
