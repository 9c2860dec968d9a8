"""Decides by asking a running gateway over HTTP, through its Unix socket or its address."""

import asyncio
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import structlog

from app.edges.mcp.judge import (
    IDLE_S,
    Asked,
    Came,
    Name,
    NoSession,
    Ruling,
    Shown,
    Waiting,
    held_back,
    refusal,
)
from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.model import Effect

TRIES: Final = 3
ANSWER_S: Final = 15.0  # beside what is waited for people
UNREACHABLE: Final = "unreachable"
KEPT: Final = "call_after"  # the next call is denied until that tool was called
MOST_KNOWN: Final = 10_000  # sessions that need not be asked for again
MOST_TOOLS: Final = 1_000  # that a gateway looks through at once
_APPROVAL: Final = re.compile(r"[A-Za-z0-9_]{1,40}")
_NO_ANSWER: Final = "Denied: the gateway that decides gave no answer that can be used."
_UNSEEN: Final = "This result is withheld: the gateway that judges it gave no usable answer."
log = structlog.get_logger("drawbar.mcp")


class Unreachable(DrawbarError):
    """A gateway that gives no answer, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a gateway answered."""

    status: int
    body: Mapping[str, Any]

    @property
    def code(self) -> str:
        """Return the code of a problem."""
        return str(self.body.get("code", UNREACHABLE))


class Line:
    """A connection to a gateway that is kept."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        kept = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        parts = urlsplit(address)
        uds = parts.path if parts.scheme == "unix" else None
        base = "http://localhost" if uds is not None else address
        transport = httpx.AsyncHTTPTransport(uds=uds, limits=kept)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._client = httpx.AsyncClient(
            base_url=base, transport=transport, headers=headers, trust_env=False
        )

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        wait_s: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> Said:
        """Ask; again where the connection fails, since the same question is decided once."""
        content = strictjson.written(body).encode()
        for left in reversed(range(TRIES)):
            try:
                async with asyncio.timeout(ANSWER_S + wait_s):
                    answer = await self._client.post(
                        path, content=content, headers=headers, timeout=None
                    )
                return Said(answer.status_code, _object(answer.content))
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
                if not left or isinstance(error, TimeoutError):
                    words = f"no gateway answers at {self.address}"
                    raise Unreachable(words) from error
        raise AssertionError

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = strictjson.read(content)
    except strictjson.InvalidJson as error:
        raise Unreachable("the gateway's answer cannot be read") from error
    if not isinstance(found, dict):
        raise Unreachable("the gateway's answer cannot be read")
    return found


class There:
    """The judge of the one caller whose key the line holds."""

    def __init__(self, line: Line, *, speaks_for_user: bool = False) -> None:
        self._line = line
        self._speaks = speaks_for_user
        self._own: str | None = None
        self._until = 0.0
        self._known: set[str] = set()

    @property
    def principal(self) -> str:
        """Name the one key there is."""
        return "key"

    @property
    def speaks_for_user(self) -> bool:
        """Tell what whoever started this process says; the gateway has the last word."""
        return self._speaks

    async def answered(self, approval: str, *, yes: bool) -> None:
        """Hand on what the user said; a gateway whose settings do not list the key refuses it."""
        if not self._speaks or _APPROVAL.fullmatch(approval) is None:
            return
        word = "approve" if yes else "reject"
        try:
            said = await self._line.post(f"/v1/approvals/{approval}/user/{word}", {})
        except Unreachable:
            return
        if said.status != httpx.codes.OK:
            log.warning("an answer was not taken", approval=approval, cause=said.code)

    async def session(self, named: str | None) -> str:
        """Return the session that calls belong to."""
        if named is None and self._own is not None and time.monotonic() < self._until:
            self._until = time.monotonic() + IDLE_S
            return self._own
        if named is not None and named in self._known:
            return named
        try:
            said = await self._line.post(
                "/v1/sessions", {"join": True} if named is None else {"session": named}
            )
        except Unreachable as error:
            raise NoSession(str(error)) from error
        name = said.body.get("session")
        if said.status != httpx.codes.OK or not isinstance(name, str):
            raise NoSession(str(said.body.get("detail", "the gateway opens none")))
        if len(self._known) >= MOST_KNOWN:  # then they are asked for again
            self._known.clear()
        self._known.add(name)
        if named is None:
            self._own, self._until = name, time.monotonic() + IDLE_S
        return name

    async def check(self, asked: Asked) -> Ruling:
        """Ask for a decision; whatever is no answer to this very call is a deny.

        What this seat holds back is not asked about: a gateway has no way to be told so.
        """
        if asked.held is not None:
            return held_back(asked)
        body = {
            "call_id": asked.call_id,
            "server": asked.server,
            "tool": asked.tool,
            "args": asked.args,
            "session": asked.session,
            "wait_s": asked.wait_s,
            "supports": {"changed_args": True},
        }
        if asked.approval is not None:
            body["approval"] = asked.approval
        token = {} if asked.seat_token is None else {"Drawbar-Decision": asked.seat_token}
        try:
            said = await self._line.post("/v1/check", body, wait_s=asked.wait_s, headers=token)
        except Unreachable:
            return refusal(UNREACHABLE, _NO_ANSWER)
        if said.status != httpx.codes.OK:
            return refusal(said.code, f"Denied: {said.body.get('detail', 'the gateway refused')}.")
        return _ruling(said.body, asked)

    async def told(self, came: Came) -> Shown:
        """Tell what came of a call; what cannot be judged is not shown."""
        event = {
            "type": "result",
            "id": f"r.{came.call_id}",
            "call_id": came.call_id,
            "result": came.result,
            "is_error": came.failed,
        }
        try:
            said = await self._line.post(
                "/v1/observe", {"session": came.session, "events": [event]}
            )
        except Unreachable:
            return Shown(Effect.DENY, UNREACHABLE, _UNSEEN)
        if said.status != httpx.codes.OK:
            return Shown(Effect.DENY, said.code, _UNSEEN)
        return _shown(said.body, event["id"])

    async def never_sent(self, session: str, call_id: str) -> None:
        """Tell that a call never reached its server; the key may not be trusted for it."""
        event = {"type": "not_run", "id": f"n.{call_id}", "call_id": call_id}
        try:
            await self._line.post("/v1/observe", {"session": session, "events": [event]})
        except Unreachable:
            return  # it stays counted, which is the stricter

    async def visible(self, tools: Sequence[Name]) -> Collection[Name]:
        """Return the tools that the caller might be allowed some call of; in doubt, none."""
        found: list[Name] = []
        for at in range(0, len(tools), MOST_TOOLS):
            asked = [
                {"server": server, "name": tool} for server, tool in tools[at : at + MOST_TOOLS]
            ]
            try:
                said = await self._line.post("/v1/tools", {"tools": asked})
            except Unreachable:
                return ()
            listed = said.body.get("tools")
            if said.status != httpx.codes.OK or not isinstance(listed, list):
                return ()
            shown = (one for one in listed if isinstance(one, dict))
            found += [(str(one.get("server")), str(one.get("name"))) for one in shown]
        return found

    async def close(self) -> None:
        """Close the line."""
        await self._line.close()


def _ruling(body: Mapping[str, Any], asked: Asked) -> Ruling:
    """Read a decision; what is not one, or of another call, refuses."""
    args, retryable = body.get("args"), body.get("retryable", False)
    texts = [body.get(name) for name in ("reason", "message", "decision_id")]
    is_ours = body.get("call_id") == asked.call_id and not body.get("dry_run", False)
    fits = all(isinstance(one, str) for one in texts) and isinstance(args, dict | None)
    if not (is_ours and fits and body.get("effect") in list(Effect)):
        return refusal(UNREACHABLE, _NO_ANSWER)
    effect = Effect(body["effect"])
    if effect is Effect.ALLOW and not _kept(body.get("obligations")):
        return refusal("unsupported_obligation", "Denied: the call has conditions not known here.")
    reason, message, decision = map(str, texts)
    waiting = _waiting(body.get("approval")) if effect is Effect.ASK else None
    return Ruling(effect, reason, message, retryable is True, decision, args, waiting)


def _kept(obligations: Any) -> bool:
    """Tell whether the gateway sees to all of them itself: this seat could carry none out."""
    if not isinstance(obligations, list):
        return False
    return all(isinstance(one, dict) and one.get("type") == KEPT for one in obligations)


def _waiting(handle: Any) -> Waiting | None:
    if not isinstance(handle, dict):
        return None
    told = [str(handle.get(name, "")) for name in ("id", "status", "url", "expires_at")]
    listed = handle.get("needs")
    needs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    name, status, url, expires_at = told
    whom = tuple((str(one.get("kind")), one.get("role")) for one in needs)
    return Waiting(name, status, url, expires_at, whom)


def _shown(body: Mapping[str, Any], name: str) -> Shown:
    """Read what was said of a result; what is not said to be shown is not."""
    events = body.get("events")
    told = events[0] if isinstance(events, list) and len(events) == 1 else {}
    if not isinstance(told, dict) or told.get("id") != name:
        return Shown(Effect.DENY, UNREACHABLE, _UNSEEN)
    effect = Effect.ALLOW if told.get("effect") == Effect.ALLOW else Effect.DENY
    message = str(told.get("message") or _UNSEEN) if effect is not Effect.ALLOW else ""
    return Shown(effect, str(told.get("reason")), message, told.get("changed"))
