"""One call: decided, forwarded as it was decided, and its result judged before it is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from app.deciding.canary import CANARY
from app.edges.mcp import names, replies, results
from app.edges.mcp.asking import Asking, Instead, settled
from app.edges.mcp.asking_upstream import (
    ROUNDS,
    NotHandedOn,
    Questions,
    capabilities,
    is_question,
    taken,
)
from app.edges.mcp.catalog import Entry
from app.edges.mcp.judge import Asked, Came, NoSession, Ruling, held_back
from app.edges.mcp.links.link import Garbled, LinkError, Lost, Progress, Unsent
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.messages import INVALID_PARAMS, Refused
from app.edges.mcp.peer import DECISION, SESSION, Peer, meta
from app.edges.mcp.request_state import Carried
from app.tracing.tracing import beside, forwarding, named_beside
from dsl.model import Effect
from memory.ids import new_id

UNKNOWN: Final = "The server ended or did not answer; whether the call took effect is unknown."
UNREADABLE: Final = "The server's answer cannot be read, so nothing of it is shown."
NOT_SENT: Final = "The server cannot be reached, so the call was not made: {}."
NOT_ASKED: Final = "The server asked something before it went on: {}. The call may have begun."
UNLISTED: Final = "its server lists no tool of this name"
_SESSION: Final = re.compile(r"[\x21-\x7e]{1,128}")  # as at every edge
NUMBERS: Final = ("progress", "total")
log = structlog.get_logger("drawbar.mcp")


@dataclass(frozen=True, slots=True)
class Seat:
    """How calls are decided and denied here."""

    asking: Asking
    as_error: bool = False
    questions: Questions | None = None  # where servers may have their own handed on


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, as it came."""

    peer: Peer
    params: Mapping[str, Any]
    call_id: str
    back: Carried | None = None  # what its client said to what the server asked
    rounds: int = 0  # of such questions within one request

    async def session(self) -> str:
        """Return the session it belongs to."""
        named = meta(self.params).get(SESSION)
        if named is not None and not (isinstance(named, str) and _SESSION.fullmatch(named)):
            raise Refused(INVALID_PARAMS, f"`_meta` names no session in `{SESSION}`")
        try:
            return await self.peer.judge.session(named or self.peer.session)
        except NoSession as error:
            raise Refused(INVALID_PARAMS, f"the session cannot be used: {error}") from error

    async def asked(self, server: str, tool: str, args: Mapping[str, Any]) -> Asked:
        """Return what is to be decided."""
        token = meta(self.params).get(DECISION)
        seat_token = token if isinstance(token, str) else None
        return Asked(self.call_id, server, tool, args, await self.session(), seat_token=seat_token)


def arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a call; left out, they are none."""
    found = params.get("arguments", {})
    if not isinstance(found, Mapping):
        raise Refused(INVALID_PARAMS, "the arguments are not an object")
    return found


async def run(seat: Seat, call: Call, entry: Entry, upstream: Upstream) -> Mapping[str, Any]:
    """Decide a call and, if it is let through, make it."""
    named_beside(call.params)
    typed = entry.typed_result
    if entry.held is not None:
        log.warning("a call was denied", tool=f"{entry.server}/{entry.name}", cause=entry.held)
        ruling = await held(call, entry.server, entry.name, entry.held)
        return replies.denied(ruling, typed=typed, as_error=seat.as_error)
    asked = await call.asked(entry.server, entry.name, arguments(call.params))
    decided = await seat.asking.decide(call.peer, asked, call.params)
    if isinstance(decided, Instead):
        return decided.result
    if decided.effect is not Effect.ALLOW:
        return replies.denied(decided, typed=typed, as_error=seat.as_error)
    args = asked.args if decided.args is None else decided.args
    questions = seat.questions if upstream.questions else None
    sent = {"name": entry.name, "arguments": args, **_answers(questions, call, asked)}
    may_ask = None if questions is None else capabilities(call.peer)
    try:
        with forwarding(entry.name) as traceparent:
            raw = await upstream.ask(
                "tools/call",
                {**sent, **beside(traceparent)},
                progress(call),
                schema=entry.definition.get("inputSchema"),
                capabilities=may_ask,
            )
        if is_question(raw):
            found = await _handed_on(questions, call, asked, raw)
            return found if isinstance(found, Mapping) else await run(seat, found, entry, upstream)
        result = results.read(raw)
    except NotHandedOn as error:
        return replies.broken(NOT_ASKED.format(error), "not_asked", typed=typed)
    except Unsent as error:
        await call.peer.judge.never_sent(asked.session, asked.call_id)
        return replies.broken(NOT_SENT.format(error), "not_sent", typed=typed)
    except LinkError as error:
        return _lost(error, typed=typed)
    except Refused as error:
        return await _refused(call, asked, error, typed=typed)
    return await _released(call, asked, result, typed=typed)


def _answers(questions: Questions | None, call: Call, asked: Asked) -> Mapping[str, Any]:
    """Return what goes to the server beside the call: answers to what it asked before."""
    if questions is None:
        return {}
    return taken(call.back or questions.carried(call.peer, asked, call.params))


async def _handed_on(
    questions: Questions | None, call: Call, asked: Asked, raw: Mapping[str, Any]
) -> Mapping[str, Any] | Call:
    """Hand a server's question on; whatever is answered at once makes another call of it."""
    if questions is None:
        raise NotHandedOn("questions of this server are not handed on")
    if call.rounds >= ROUNDS:
        raise NotHandedOn("the server asks again and again")
    found = await questions.hand_on(call.peer, asked, raw)
    if isinstance(found, Instead):
        return found.result
    name = new_id("c", datetime.now(UTC))
    return replace(call, call_id=name, back=found, rounds=call.rounds + 1)


async def canary(seat: Seat, call: Call) -> Mapping[str, Any]:
    """Decide the call that must never pass: it has no server, whatever is decided."""
    asked = await call.asked(names.RESERVED, CANARY, {})
    decided = await call.peer.judge.check(asked)
    return replies.denied(decided, typed=False, as_error=seat.as_error)


async def held(call: Call, server: str, tool: str, why: str) -> Ruling:
    """Deny a call whose tool is held back, and record it; whatever is said of it, it is a deny."""
    asked = replace(await call.asked(server, tool, arguments(call.params)), held=why)
    ruling = await settled(call.peer, asked)
    return ruling if ruling.effect is Effect.DENY else held_back(asked)


def _lost(error: LinkError, *, typed: bool) -> Mapping[str, Any]:
    """Say what is known of a call that was sent: of its result nothing is shown."""
    if isinstance(error, Garbled):
        return replies.broken(UNREADABLE, "unreadable", typed=typed)
    assert isinstance(error, Lost)  # noqa: S101 - there are three kinds
    return replies.broken(UNKNOWN, "outcome_unknown", typed=typed)


async def _released(
    call: Call, asked: Asked, result: results.Result, *, typed: bool
) -> Mapping[str, Any]:
    """Show of a result what may be shown."""
    came = Came(asked.call_id, asked.session, result.value, result.failed)
    shown = await call.peer.judge.told(came)
    if shown.effect is not Effect.ALLOW:
        return replies.withheld(shown, typed=typed)
    return result.as_it_came() if shown.changed is None else result.changed(shown.changed)


async def _refused(call: Call, asked: Asked, error: Refused, *, typed: bool) -> Mapping[str, Any]:
    """Show a server's error: its words are a result like any other."""
    content = [{"type": "text", "text": f"The server refused the call: {error}"}]
    return await _released(call, asked, results.Result(content, None, failed=True), typed=typed)


def progress(call: Call) -> Progress | None:
    """Return how a client that asks for it hears of progress: in numbers, and no words."""
    token = meta(call.params).get("progressToken")
    if not isinstance(token, int | str) or isinstance(token, bool):
        return None

    async def moved(told: Mapping[str, Any]) -> None:
        numbers = {name: told[name] for name in NUMBERS if _is_number(told.get(name))}
        if "progress" in numbers:
            params = {"progressToken": token, **numbers}
            await call.peer.back.notify("notifications/progress", params)

    return moved


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool | str | list | dict) and value is not None
