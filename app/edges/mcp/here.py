"""Decides in this process, with the gateway that lives here."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Final

import structlog

from app.approvals.speaking import answer_for_user
from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.deciding import telling
from app.deciding.listing import Viewer, shown
from app.deciding.observing import Observed
from app.deciding.question import Question
from app.deciding.sessioning import joined_session
from app.edges.mcp.judge import (
    IDLE_S,
    Asked,
    Came,
    Name,
    NoSession,
    Ruling,
    Shown,
    Waiting,
    refusal,
)
from app.engine import Terms
from app.problems import Problem
from app.wiring import Gateway
from dsl.errors import DrawbarError
from dsl.model import Decision, Effect, Handle, Need, ToolCall
from memory.approvals.approval import Status
from memory.database import FAULTS
from memory.ids import new_id
from memory.keys import Scope
from memory.sessions.session import Owner

EDGE: Final = "mcp"
log = structlog.get_logger("drawbar.mcp")
MOST_OWNERS: Final = 10_000
_WITHHELD: Final = "This result is withheld: it could not be judged."


async def _stays() -> bool:
    """Say that nobody has gone: who goes cancels the task that asks."""
    return False


class OwnSessions:
    """The sessions of callers that name none, one for each subject and agent.

    Those of a client that shook hands are for it `alone`, where it cannot join another.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone
        self._names: OrderedDict[Owner, tuple[str, float]] = OrderedDict()

    def of(self, owner: Owner) -> str | None:
        """Return the session of an owner; one that was left for a while is looked for anew."""
        name, until = self._names.get(owner, ("", 0.0))
        return self.keep(owner, name) if time.monotonic() < until else None

    def keep(self, owner: Owner, name: str) -> str:
        """Keep a session; of too many, those are forgotten that nobody used for longest."""
        self._names[owner] = (name, time.monotonic() + IDLE_S)
        self._names.move_to_end(owner)
        if len(self._names) > MOST_OWNERS:
            self._names.popitem(last=False)
        return name


class Here:
    """The judge of one caller."""

    def __init__(
        self,
        gateway: Gateway,
        caller: Caller,
        own: OwnSessions | None = None,
        *,
        speaks_for_user: bool = False,
    ) -> None:
        self._gateway = gateway
        self._caller = caller
        self._speaks = speaks_for_user
        self._own = own or OwnSessions()

    @property
    def principal(self) -> str:
        """Name the key."""
        return self._caller.key.id

    @property
    def speaks_for_user(self) -> bool:
        """Tell what the settings, or whoever started this process, say of the caller."""
        return self._speaks

    async def answered(self, approval: str, *, yes: bool) -> None:
        """Answer an approval that this caller asked for in its user's name."""
        if not self._speaks:
            return
        said = Status.APPROVED if yes else Status.REJECTED
        try:
            async with asyncio.timeout(self._gateway.settings.deadline_ms / 1000):
                await answer_for_user(self._gateway, self._caller, approval, said)
        except (Problem, DrawbarError, *FAULTS) as error:
            log.warning("an answer was not taken", approval=approval, cause=type(error).__name__)

    @property
    def _owner(self) -> Owner:
        key = self._caller.key
        return Owner(key.tenant, key.subject, key.agent)

    async def session(self, named: str | None) -> str:
        """Return the session that calls belong to; only a named one needs a scope.

        Whether it is theirs and not over, the decision finds, which also opens it.
        """
        if named is not None:
            self._may_name()
            return named
        return self._own.of(self._owner) or await self._joined()

    async def _joined(self) -> str:
        """Return the one session that the subject and the agent have open, or a new one.

        Of several nobody can tell which is meant: who shook hands begins one of their own.
        """
        try:
            name = await joined_session(self._gateway, self._owner, EDGE)
        except Problem as problem:
            if problem.code != "several_sessions" or not self._own.alone:
                raise NoSession(str(problem.detail)) from problem
            name = new_id("s", self._gateway.now())
        return self._own.keep(self._owner, name)

    def _may_name(self) -> None:
        try:
            self._caller.require(Scope.ASSERT_SESSION)
        except Problem as problem:
            raise NoSession(str(problem.detail)) from problem

    async def check(self, asked: Asked) -> Ruling:
        """Decide a call, and record it."""
        gateway, key = self._gateway, self._caller.key
        call = ToolCall(
            asked.call_id,
            asked.tool,
            asked.args,
            asked.server,
            self._caller.subject(None),
            key.agent,
            asked.session,
        )
        terms = Terms(changed_args=True, approval=asked.approval, wait_s=asked.wait_s)
        seconds = gateway.settings.deadline_ms / 1000
        question = Question(
            call,
            self._caller,
            EDGE,
            seconds,
            terms,
            seat_token=asked.seat_token,
            held=asked.held,
        )
        try:
            self._caller.require(Scope.CHECK)
            return _ruling(await settle_and_wait(gateway, question, _stays))
        except Problem as problem:
            return refusal(problem.code, f"Denied: {problem.detail}.")
        except DrawbarError:
            return refusal("unrecorded", "Denied: the decision could not be recorded.")

    async def told(self, came: Came) -> Shown:
        """Judge a result, and record it."""
        event = telling.Came(f"r.{came.call_id}", came.call_id, came.result, came.failed)
        try:
            self._caller.require(Scope.OBSERVE)
            return _shown(await self._tell(came.session, event))
        except Problem as problem:
            return Shown(Effect.DENY, problem.code, f"This result is withheld: {problem.detail}.")
        except DrawbarError:
            return Shown(Effect.DENY, "unrecorded", _WITHHELD)

    async def never_sent(self, session: str, call_id: str) -> None:
        """Take back what this very seat knows was never sent."""
        event = telling.NotRun(f"n.{call_id}", call_id, trusted=True)
        try:
            await self._tell(session, event)
        except (Problem, DrawbarError):
            return  # it stays counted, which is the stricter

    async def _tell(self, session: str, event: telling.Event) -> Observed:
        seat = telling.Seat(EDGE, self._caller, self._owner, session, self._caller.key.roles)
        return (await telling.tell(self._gateway, seat, [event]))[0]

    async def visible(self, tools: Sequence[Name]) -> Collection[Name]:
        """Return the tools that the caller might be allowed some call of."""
        viewer = Viewer(
            EDGE, self._caller.subject(None), self._caller.key.agent, self._caller.key.tenant
        )
        try:
            found = await shown(self._gateway, viewer, tools)
        except Problem:
            return ()
        return [(server, tool) for server, tool in found if server is not None]

    async def close(self) -> None:
        """Do nothing: the gateway is not this caller's."""


def _ruling(decision: Decision) -> Ruling:
    verdict = decision.verdict
    handle = decision.approval if decision.effect is Effect.ASK else None
    return Ruling(
        effect=verdict.effect,
        reason=verdict.code,
        message=decision.answer,
        retryable=verdict.retryable and verdict.effect is not Effect.ALLOW,
        decision_id=decision.id,
        args=verdict.changed,
        approval=None if handle is None else _waiting(handle),
    )


def _waiting(handle: Handle) -> Waiting:
    needs = tuple(_need(one.need) for one in handle.needs)
    at = handle.expires_at.astimezone(UTC).isoformat()
    return Waiting(handle.id, handle.status, handle.url, at, needs)


def _need(need: Need) -> tuple[str, str | None]:
    return (need.kind, need.role)


def _shown(observed: Observed) -> Shown:
    verdict = observed.verdict
    return Shown(verdict.effect, verdict.code, observed.message, verdict.changed)
