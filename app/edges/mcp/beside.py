"""What servers offer beside tools: resources, prompts and completions.

Each is decided as a call of a reserved tool (`mcp.resource`, `mcp.prompt`, `mcp.complete`) of its
server, and what comes of it is judged as a result before it is shown.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from app.edges.mcp import names, replies, results
from app.edges.mcp.asking import Instead
from app.edges.mcp.calls import UNKNOWN, UNREADABLE, Call, Seat, progress
from app.edges.mcp.judge import Came
from app.edges.mcp.links.link import Garbled, LinkError, Unsent
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.messages import DENIED, INTERNAL_ERROR, INVALID_PARAMS, Refused
from app.edges.mcp.peer import Peer
from app.edges.mcp.servers import Servers, said
from dsl.model import Effect

RESOURCE: Final = "mcp.resource"
PROMPT: Final = "mcp.prompt"
COMPLETE: Final = "mcp.complete"
_RESOURCE: Final = ("uri", "name", "title", "description", "mimeType", "size")
_TEMPLATE: Final = ("uriTemplate", "name", "title", "description", "mimeType")
_PROMPT: Final = ("name", "title", "description", "arguments")
_MESSAGE: Final = ("user", "assistant")
_COMPLETION: Final = {"total": int, "hasMore": bool}
_KIND: Final = re.compile(r"[a-z]{1,20}/[A-Za-z0-9.+-]{1,60}(?:; ?charset=[A-Za-z0-9-]{1,20})?")
log = structlog.get_logger("drawbar.mcp")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is listed: by which method, of which members, under which name."""

    method: str
    listed: str
    capability: str
    tool: str
    members: tuple[str, ...]
    named_by: str


RESOURCES: Final = Kind("resources/list", "resources", "resources", RESOURCE, _RESOURCE, "uri")
TEMPLATES: Final = Kind(
    "resources/templates/list",
    "resourceTemplates",
    "resources",
    RESOURCE,
    _TEMPLATE,
    "uriTemplate",
)
PROMPTS: Final = Kind("prompts/list", "prompts", "prompts", PROMPT, _PROMPT, "name")


async def listing(servers: Servers, peer: Peer, kind: Kind) -> Mapping[str, Any]:
    """List a kind of all servers whose reserved tool might be allowed to the client."""
    asked = [(name, kind.tool) for name in servers.by_name]
    visible = set(await peer.judge.visible(asked))
    found = await asyncio.gather(
        *(
            _of_one(servers, upstream, kind)
            for name, upstream in servers.by_name.items()
            if (name, kind.tool) in visible
        )
    )
    items = [one for each in found for one in each]
    return {kind.listed: sorted(items, key=lambda one: str(one[kind.named_by]))}


async def _of_one(servers: Servers, upstream: Upstream, kind: Kind) -> Sequence[Mapping[str, Any]]:
    try:
        if kind.capability not in (await upstream.greeted()).capabilities:
            return []
        listed = await upstream.listed(kind.method, kind.listed)
    except (LinkError, Refused) as error:
        log.warning("a server cannot be listed", server=upstream.name, cause=said(error))
        return []
    shown = []
    for one in listed:
        name = one.get(kind.named_by) if isinstance(one, dict) else None
        public = _public(servers, upstream.name, kind, name) if isinstance(name, str) else None
        if public is not None and isinstance(one.get("name"), str):
            kept = {each: one[each] for each in kind.members if one.get(each) is not None}
            shown.append({**kept, kind.named_by: public})
    return shown


def _public(servers: Servers, server: str, kind: Kind, name: str) -> str | None:
    if kind.tool == PROMPT:
        return names.public(server if servers.prefixed else None, name)
    return f"{server}+{name}" if servers.prefixed else name


async def read_resource(servers: Servers, seat: Seat, call: Call) -> Mapping[str, Any]:
    """Read a resource."""
    upstream, uri = _owner(servers, call.params["uri"], "+", "resource")
    exchange = _Exchange(RESOURCE, "resources/read", {"uri": uri}, partial(_contents, uri))
    return await _decided(seat, call, upstream, exchange)


async def get_prompt(servers: Servers, seat: Seat, call: Call) -> Mapping[str, Any]:
    """Get a prompt."""
    upstream, name = _owner(servers, call.params["name"], names.SEPARATOR, "prompt")
    sent = {"name": name, "arguments": call.params.get("arguments") or {}}
    return await _decided(seat, call, upstream, _Exchange(PROMPT, "prompts/get", sent, _messages))


async def complete(servers: Servers, seat: Seat, call: Call) -> Mapping[str, Any]:
    """Complete an argument of a prompt or of a resource."""
    ref, separator = dict(call.params["ref"]), names.SEPARATOR
    member = "name" if ref.get("type") == "ref/prompt" else "uri"
    upstream, name = _owner(
        servers, ref.get(member), separator if member == "name" else "+", "reference"
    )
    kept = {"type": ref["type"], member: name}
    argument = {each: call.params["argument"][each] for each in ("name", "value")}
    sent: dict[str, Any] = {"ref": kept, "argument": argument}
    context = call.params.get("context")
    if isinstance(context, Mapping) and isinstance(context.get("arguments"), Mapping):
        sent["context"] = {"arguments": context["arguments"]}
    exchange = _Exchange(COMPLETE, "completion/complete", sent, _completion)
    return await _decided(seat, call, upstream, exchange)


def _owner(servers: Servers, public: Any, separator: str, what: str) -> tuple[Upstream, str]:
    """Return whose a public name is, and what that server calls it."""
    if isinstance(public, str):
        if not servers.prefixed:
            for upstream in servers.by_name.values():
                return upstream, public
        server, split, name = public.partition(separator)
        if split and server in servers.by_name:
            return servers.by_name[server], name
    raise Refused(INVALID_PARAMS, f"Unknown {what}", public)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a server gave back: as rules see it, and how it is written after they changed it."""

    value: Any
    write: Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request to a server, and the reserved tool that it is decided as."""

    tool: str
    method: str
    args: Mapping[str, Any]
    read: Callable[[Mapping[str, Any]], _Read]


async def _decided(
    seat: Seat, call: Call, upstream: Upstream, exchange: _Exchange
) -> Mapping[str, Any]:
    """Decide a request, make it as it was decided, and judge what came of it."""
    asked = await call.asked(upstream.name, exchange.tool, exchange.args)
    ruling = await seat.asking.decide(call.peer, asked, call.params)
    if isinstance(ruling, Instead):
        return ruling.result
    if ruling.effect is not Effect.ALLOW:
        return replies.denied(ruling, typed=False, as_error=True)
    sent = asked.args if ruling.args is None else ruling.args
    try:
        found = exchange.read(await upstream.ask(exchange.method, sent, progress(call)))
    except Unsent as error:
        await call.peer.judge.never_sent(asked.session, asked.call_id)
        raise Refused(INTERNAL_ERROR, f"the server cannot be reached: {error}") from error
    except LinkError as error:
        words = UNREADABLE if isinstance(error, Garbled) else UNKNOWN
        raise Refused(INTERNAL_ERROR, words) from error
    except Refused as error:
        found = _error(error)
    came = Came(asked.call_id, asked.session, found.value)
    shown = await call.peer.judge.told(came)
    if shown.effect is not Effect.ALLOW:
        told = {"effect": str(shown.effect), "reason": str(shown.reason), "retryable": False}
        raise Refused(DENIED, shown.message or "This result is withheld.", {"drawbar": told})
    return found.write(found.value if shown.changed is None else shown.changed)


def _error(error: Refused) -> _Read:
    """Take a server's error as a result: its words may say anything."""
    code = error.code

    def write(words: Any) -> Mapping[str, Any]:
        raise Refused(code, str(words))

    return _Read(str(error), write)


def _contents(uri: str, raw: Mapping[str, Any]) -> _Read:
    """Read the contents of a resource: one text is the text, anything else all of it.

    What stands beside the one text holds no words that rules would not see.
    """
    listed = raw.get("contents")
    if not isinstance(listed, list):
        raise Garbled("the server's resource has no contents")
    contents = [results.resource(one) for one in listed]
    if len(contents) == 1 and _is_its_text(contents[0], uri):
        only = contents[0]
        return _Read(only["text"], lambda said: {"contents": [{**only, "text": _words(said)}]})
    return _Read(contents, lambda left: {"contents": left if isinstance(left, list) else []})


def _is_its_text(content: Mapping[str, Any], uri: str) -> bool:
    """Tell whether a content is its text, under the address that was asked for and a plain type."""
    kind = content.get("mimeType", "text/plain")
    is_text = "text" in content and "blob" not in content
    return is_text and content["uri"] == uri and _KIND.fullmatch(kind) is not None


def _messages(raw: Mapping[str, Any]) -> _Read:
    listed, described = raw.get("messages"), raw.get("description")
    if not isinstance(listed, list):
        raise Garbled("the server's prompt has no messages")
    messages = [_message(one) for one in listed]
    told = {"description": described} if isinstance(described, str) else {}
    return _Read({**told, "messages": messages}, dict)


def _message(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or raw.get("role") not in _MESSAGE:
        raise Garbled("the server's prompt holds a message that is none")
    return {"role": raw["role"], "content": results.block(raw.get("content"))}


def _completion(raw: Mapping[str, Any]) -> _Read:
    found = raw.get("completion")
    values = found.get("values") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(values, list):
        raise Garbled("the server's completion has no values")
    if not all(isinstance(one, str) for one in values):
        raise Garbled("the server's completion has values that are no texts")
    told = {
        name: found[name] for name, kind in _COMPLETION.items() if type(found.get(name)) is kind
    }
    return _Read(values, lambda left: {"completion": {**told, "values": left}})


def _words(said: Any) -> str:
    return said if isinstance(said, str) else ""
