"""What happens in a session, one event after another; a session is what its events make of it."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dsl import strictjson
from dsl.model import ToolCall

BESIDE: Final = 1024  # bytes that an event takes in memory beside its content, about


class Kind(StrEnum):
    """What an event tells."""

    SAID = "said"  # the user wrote something
    LET = "let"  # a call was let through
    CAME = "came"  # a result came back
    NOT_RUN = "not_run"  # a call that was let through never ran
    CLOSED = "closed"  # the session was deleted: what was said and given back in it is gone
    NARROWED = "narrowed"  # rules were added that hold for this session
    APPROVED = "approved"  # a person approved a call that was then let through
    PASSED = "passed"  # a call that was let through came to another seat, under a name of its own


COUNTED: Final = (Kind.LET, Kind.CAME, Kind.NOT_RUN, Kind.CLOSED)  # what windows go by


class Event(Struct, frozen=True):
    """One thing that happened. Its id is unique in its session: a second one is the same.

    `content` is the body as it is stored: exact numbers, one form.
    """

    id: str
    kind: Kind
    at: datetime
    body: Mapping[str, Any]
    content: bytes

    @property
    def weight(self) -> int:
        """Return what it costs to know of it, in bytes."""
        return len(self.content) + BESIDE

    @property
    def told(self) -> str:
        """Return a digest of the event as it was sent, before anything of it was withheld."""
        sent: str | None = self.body.get("sent")
        return sent or hashlib.sha256(self.kind.encode() + b"\n" + self.content).hexdigest()


def event(event_id: str, kind: Kind, at: datetime, content: bytes) -> Event:
    """Return an event as it was stored."""
    return Event(event_id, kind, at, strictjson.reread(content), content)


def said(event_id: str, at: datetime, text: str) -> Event:
    """Return that the user wrote something."""
    return _new(event_id, Kind.SAID, at, {"text": text})


def let(call: ToolCall, args: Mapping[str, Any], at: datetime, name: str | None = None) -> Event:
    """Return that a call was let through with some arguments; they may have been changed.

    `name` is what it is known by, where that is not its own.
    """
    name = call.call_id if name is None else name
    body = {"call_id": name, "server": call.server, "tool": call.tool, "args": args}
    # What rules about the result may ask for as well; left out where there is nothing.
    more: dict[str, Any] = {"roles": call.subject.roles} if call.subject.roles else {}
    if call.context:
        more["context"] = call.context
    if args is not call.args:
        more["asked"] = call.args
        return _new(let_id(name), Kind.LET, at, {**body, **more})
    body |= more
    return Event(let_id(name), Kind.LET, at, body, _content({**body, "args": call.written}))


def let_id(call_id: str) -> str:
    """Return the id of the event that lets a call through; a caller's own ids hold no space."""
    return f"let {call_id}"


def came(event_id: str, at: datetime, call_id: str, result: Any, *, failed: bool) -> Event:
    """Return that a result came back, as it was sent."""
    return _new(event_id, Kind.CAME, at, {"call_id": call_id, "result": result, "failed": failed})


def by_another(sent: Event, name: str) -> Event:
    """Return a result as a seat tells it that has another name for the call."""
    return _new(sent.id, sent.kind, sent.at, {**sent.body, "by": name})


def passed(decision: str, at: datetime, call_id: str, again: str) -> Event:
    """Return that another seat took a call over, and what it calls it; no caller's id is so."""
    return _new(f"passed {decision}", Kind.PASSED, at, {"call_id": call_id, "again": again})


def released(sent: Event, result: Any) -> Event:
    """Return a result with what was released of it; of what was sent a digest is left."""
    return _new(sent.id, sent.kind, sent.at, {**sent.body, "result": result, "sent": sent.told})


def narrowed(event_id: str, at: datetime, text: str) -> Event:
    """Return that rules were added, as a policy text."""
    return _new(event_id, Kind.NARROWED, at, {"text": text})


def approved(
    approval: str, at: datetime, call: ToolCall, changed: Mapping[str, Any] | None
) -> Event:
    """Return that a person approved a call, as it was asked for and as it was released."""
    body = {"server": call.server, "tool": call.tool, "args": call.args}
    more = {} if changed is None else {"changed": changed}
    return _new(f"approved {approval}", Kind.APPROVED, at, {**body, **more})


def not_run(event_id: str, at: datetime, call_id: str) -> Event:
    """Return that a call which was let through never ran."""
    return _new(event_id, Kind.NOT_RUN, at, {"call_id": call_id})


def closed(at: datetime) -> Event:
    """Return that a session was deleted; a caller's own ids hold no space."""
    return _new("session closed", Kind.CLOSED, at, {})


def counted(happened: Sequence[Event]) -> Iterator[Event]:
    """Yield what is left of a deleted session: what wider windows count its calls by.

    The arguments of a call stay, for sums are made of them; those of one that never ran do not.
    """
    came = {one.body["call_id"] for one in happened if one.kind is Kind.CAME}
    told = {one.body["call_id"] for one in happened if one.kind is Kind.NOT_RUN}
    for one in happened:
        if one.kind in COUNTED:
            yield _new(one.id, one.kind, one.at, _left_of(one, told - came))


def _left_of(one: Event, never_ran: Collection[str]) -> dict[str, Any]:
    members: tuple[str, ...] = ("call_id",)
    if one.kind is Kind.LET:
        members = ("call_id", "server", "tool", "args")
    elif one.kind is Kind.CAME:
        members = ("call_id", "failed")
    left = {name: one.body[name] for name in members if name in one.body}
    if one.kind is Kind.LET and left["call_id"] in never_ran:
        left["args"] = {}
    return left


def _new(event_id: str, kind: Kind, at: datetime, body: Mapping[str, Any]) -> Event:
    return Event(event_id, kind, at, body, _content(dict(body)))


def _content(body: dict[str, Any]) -> bytes:
    return strictjson.canonical(body).encode()
