"""Decides in this process, with the gateway that lives here."""

from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Final

from app import telling
from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.edges.mcp.judge import Asked, Came, Name, NoSession, Ruling, Shown, Waiting, refusal
from app.engine import Terms
from app.observing import Observed
from app.problems import Problem
from app.question import Question
from app.sessioning import in_session
from app.wiring import Gateway
from dsl.errors import DrawbarError
from dsl.model import Decision, Effect, Handle, Need, ToolCall
from memory.ids import new_id
from memory.keys import Scope
from memory.sessions.session import Owner

EDGE: Final = "mcp"
_WITHHELD: Final = "This result is withheld: it could not be judged."


async def _stays() -> bool:
    """Say that nobody has gone: who goes cancels the task that asks."""
    return False


class Here:
    """The judge of one caller."""

    def __init__(self, gateway: Gateway, caller: Caller) -> None:
        self._gateway = gateway
        self._caller = caller
        self._own: str | None = None

    @property
    def principal(self) -> str:
        """Name the key."""
        return self._caller.key.id

    @property
    def _owner(self) -> Owner:
        key = self._caller.key
        return Owner(key.tenant, key.subject, key.agent)

    async def session(self, named: str | None) -> str:
        """Return the session that calls belong to."""
        if named is None and self._own is not None:
            return self._own
        now = self._gateway.now()
        name = named or new_id("s", now)
        try:
            self._caller.require(Scope.ASSERT_SESSION)
            async with in_session(self._gateway, self._owner, name, now, EDGE):
                pass
        except Problem as problem:
            raise NoSession(str(problem.detail)) from problem
        if named is None:
            self._own = name
        return name

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
        question = Question(call, self._caller, EDGE, seconds, terms)
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
        return tools

    async def close(self) -> None:
        """Do nothing: the gateway is not this caller's."""


def _ruling(decision: Decision) -> Ruling:
    verdict = decision.verdict
    handle = decision.approval if decision.effect is Effect.ASK else None
    return Ruling(
        effect=verdict.effect,
        reason=verdict.code,
        message=decision.message,
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
