"""Headers of a request that repeat what its body says: they must say the same.

Proxies on the way route and filter by headers, we decide by the body. Where the two differ, one
of us was deceived. The official SDK knows the headers of revision 2026-07-28 and compares them
(`mcp.shared.inbound`); this is used. What it lets pass is refused here: headers for what the body
does not have, parameters that no tool declares, and headers that only look like these.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PARAM_HEADER_PREFIX,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    InboundLadderRejection,
    InboundModernRoute,
    classify_inbound_request,
    decode_header_value,
    find_duplicated_routing_header,
    find_invalid_x_mcp_header,
    validate_mcp_param_headers,
    x_mcp_header_map,
)
from mcp_types.jsonrpc import HEADER_MISMATCH
from starlette.datastructures import Headers

RawHeaders = Iterable[tuple[bytes, bytes]]
Schemas = Callable[[str], Any]  # the input schema of a tool as this caller sees it, or nothing
_ROUTING: Final = frozenset((MCP_METHOD_HEADER, MCP_NAME_HEADER, MCP_PROTOCOL_VERSION_HEADER))
_PARAM: Final = MCP_PARAM_HEADER_PREFIX.lower()
_TASKS: Final = "tasks/"  # their `Mcp-Name` is the task


def agreed(
    raw: RawHeaders, body: Mapping[str, Any], schemas: Schemas
) -> InboundModernRoute | InboundLadderRejection:
    """Return how a request of revision 2026-07-28 is taken, or why its headers refuse it."""
    headers = Headers(raw=[(name.lower(), value) for name, value in raw])
    refused = _twice_or_alike(headers) or _name_without_place(headers, body)
    if refused is not None:
        return refused
    route = classify_inbound_request(body, headers=headers)
    if isinstance(route, InboundLadderRejection):
        return route
    return _parameters(headers, body, schemas) or route


def agreed_earlier(raw: RawHeaders, body: Mapping[str, Any]) -> InboundLadderRejection | None:
    """Refuse a request of an earlier revision whose headers differ from its body.

    These revisions do not ask for such headers, but whoever is on the way may heed them.
    """
    headers = Headers(raw=[(name.lower(), value) for name, value in raw])
    refused = _twice_or_alike(headers) or _name_without_place(headers, body)
    if refused is not None:
        return refused
    method = headers.get(MCP_METHOD_HEADER)
    if method is not None and method != body.get("method"):
        return _differs(MCP_METHOD_HEADER)
    name = headers.get(MCP_NAME_HEADER)
    if name is not None and decode_header_value(name) != _named(body):
        return _differs(MCP_NAME_HEADER)
    return _undeclared(headers, frozenset())


def _twice_or_alike(headers: Headers) -> InboundLadderRejection | None:
    """Refuse a header that stands there twice, or under a name that some take for the same."""
    twice = find_duplicated_routing_header(headers.items())
    if twice is not None:
        return _refused(f"the header `{twice}` stands there twice")
    for name in headers:
        alike = name.replace("_", "-")
        if alike != name and (alike in _ROUTING or alike.startswith(_PARAM)):
            return _refused(f"the header `{alike}` is written in another way")
    return None


def _name_without_place(headers: Headers, body: Mapping[str, Any]) -> InboundLadderRejection | None:
    """Refuse an `Mcp-Name` where the body names nothing: whoever routes by it was deceived."""
    if headers.get(MCP_NAME_HEADER) is None or _named(body) is not None:
        return None
    return _differs(MCP_NAME_HEADER)


def _named(body: Mapping[str, Any]) -> str | None:
    """Return what the body names: a tool, a prompt, a resource or a task."""
    method, params = body.get("method"), body.get("params")
    if not isinstance(method, str) or not isinstance(params, Mapping):
        return None
    place = "taskId" if method.startswith(_TASKS) else NAME_BEARING_METHODS.get(method)
    found = None if place is None else params.get(place)
    return found if isinstance(found, str) else None


def _parameters(
    headers: Headers, body: Mapping[str, Any], schemas: Schemas
) -> InboundLadderRejection | None:
    """Refuse `Mcp-Param-*` that differ from the arguments, or that the tool does not declare."""
    name, params = _named(body), body.get("params")
    if body.get("method") != "tools/call" or name is None or not isinstance(params, Mapping):
        return _undeclared(headers, frozenset())
    schema = schemas(name)
    args = params.get("arguments")
    sound = schema is not None and find_invalid_x_mcp_header(schema) is None
    declared = x_mcp_header_map(schema).values() if sound else ()
    refused = _undeclared(headers, frozenset(_PARAM + one.lower() for one in declared))
    if refused is not None or not sound:
        return refused
    told = _native(args) if isinstance(args, Mapping) else {}
    return validate_mcp_param_headers(schema, told, headers)


def _undeclared(headers: Headers, declared: frozenset[str]) -> InboundLadderRejection | None:
    for name in headers:
        if name.startswith(_PARAM) and name not in declared:
            return _refused("there is an `Mcp-Param-` header for what the tool does not declare")
    return None


def _native(value: Any) -> Any:
    """Return whole numbers as integers, in which the SDK compares them; others as they are."""
    if isinstance(value, Mapping):
        return {key: _native(one) for key, one in value.items()}
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole else value


def _differs(header: str) -> InboundLadderRejection:
    return _refused(f"the header `{header}` differs from the body")


def _refused(why: str) -> InboundLadderRejection:
    return InboundLadderRejection(HEADER_MISMATCH, why)
