"""Who decides about each call: nobody, or the gateway's own decision with its own session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from app import engine
from app.policy.policies import PolicySet
from bench.agentdojo.scripts import Call
from dsl import interpret
from dsl.model import Effect, Subject, ToolCall, Verdict
from dsl.state import State
from memory.sessions import events
from memory.sessions.session import Beside, Owner, Session

OWNER: Final = Owner("bench", "user", "agent")


@dataclass(frozen=True, slots=True)
class Said:
    """What was decided about a call, and by which rules."""

    effect: str
    by: tuple[str, ...] = ()


class Guard(Protocol):
    """Decides calls one after another, and is told what happens."""

    def said(self, text: str) -> None:
        """Take in what the user says."""
        ...

    def decide(self, number: int, call: Call) -> Said:
        """Decide about a call."""
        ...

    def ran(self, number: int, call: Call, result: Any, *, failed: bool) -> None:
        """Take in that a call was let through, and what it gave back."""
        ...


class Nobody:
    """Lets everything through."""

    def said(self, text: str) -> None:
        """Hear nothing."""

    def decide(self, number: int, call: Call) -> Said:
        """Allow."""
        return Said("allow")

    def ran(self, number: int, call: Call, result: Any, *, failed: bool) -> None:
        """Hear nothing."""


@dataclass(slots=True)
class Gateway:
    """The gateway's decision on a fresh session, in this process, at one instant."""

    policies: PolicySet
    now: datetime
    opened: Callable[[Owner, datetime], Session] = Session
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.opened(OWNER, self.now)

    def said(self, text: str) -> None:
        """Take in what the user says, as the host of a gateway tells it."""
        name = f"user {len(self.session.texts)}"
        self.session.take(events.said(name, self.now, text))

    def decide(self, number: int, call: Call) -> Said:
        """Decide as the gateway does."""
        asked = tool_call(number, call)
        return said(engine.decide(self.policies, asked, self.now, state=self.state(asked)).verdict)

    def ran(self, number: int, call: Call, result: Any, *, failed: bool) -> None:
        """Let a call stand in the session, with what came back; what is withheld is not known."""
        asked = tool_call(number, call)
        self.session.take(events.let(asked, call.args, self.now))
        content, state = {"result": result}, self.state(asked)
        verdict = interpret.evaluate_output(self.policies.bound, asked, content, self.now, state)
        shown = result if verdict.changed is None else verdict.changed
        kept = shown if verdict.effect is Effect.ALLOW else None
        name = f"result {number}"
        self.session.take(events.came(name, self.now, asked.call_id, kept, failed=failed))

    def state(self, asked: ToolCall) -> State:
        """Turn the session to one decision."""
        self.session.asking(asked, self.policies.policies, Beside())
        return self.session


def tool_call(number: int, call: Call) -> ToolCall:
    """Return a call as the gateway knows it."""
    who = Subject(OWNER.subject)
    return ToolCall(f"c{number}", call.tool, call.args, None, who, OWNER.agent)


def said(verdict: Verdict) -> Said:
    """Keep of a verdict what is counted; a changed call is not the one that was asked for."""
    changed = verdict.changed is not None and verdict.effect is not Effect.DENY
    effect = "changed" if changed else str(verdict.effect)
    return Said(effect, tuple(one.rule or str(one.code) for one in verdict.reasons))
