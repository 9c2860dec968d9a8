"""One session as its events made it, and the answers it gives to one decision."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dsl import syntax
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import NOTHING, Cause, Subject, ToolCall
from dsl.parse import parse
from dsl.session import session as plain
from dsl.state import Nothing, Outcome, PastCall
from dsl.types import Unknown
from memory.sessions.events import Event, Kind

Windows = Mapping[syntax.Per, Sequence[PastCall] | Unknown]
LookUp = Callable[[syntax.Fact, Mapping[str, Any]], Any | Unknown]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is; nobody else may name it."""

    tenant: str
    subject: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What one decision may use beside its session: wider windows, and facts."""

    windows: Windows = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)  # of the request
    sources: LookUp | None = None

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the calls of a wider window, if it was fetched."""
        found = self.windows.get(per, Unknown(Cause.NO_STATE, per))
        if isinstance(found, Unknown):
            return found
        return [one for one in found if since is None or one.at >= since]

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that came with the request."""
        return self.facts.get(fact, Unknown(Cause.NO_FACT, f"fact.{fact}"))

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return a fact that sources know."""
        if self.sources is None:
            return Unknown(Cause.NO_FACT, f"fact.{fact.name}")
        return self.sources(fact, args)


class Without(Nothing):
    """What a decision knows that has no session, or one that is over."""

    def __init__(self, cause: Cause, beside: Beside) -> None:
        super().__init__(cause)
        self._beside = beside

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the calls of wider windows; those of the session are unknown."""
        wider = per != "session"
        return self._beside.past(per, since) if wider else super().past(per, since)

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that came with the request."""
        return self._beside.given(fact)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return a fact that sources know."""
        return self._beside.look_up(fact, args)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call of the session that was let through, as it was asked for and as it was released."""

    server: str | None
    tool: str
    asked: Mapping[str, Any]
    released: ToolCall
    number: int
    came_back: bool = False


class Session(plain.Session):
    """A session that grows by events, each taken in once."""

    def __init__(self, owner: Owner, opened_at: datetime) -> None:
        super().__init__()
        self.owner = owner
        self.opened_at = self.last_at = opened_at
        self.number = 0  # of the last event in the store that was taken in
        self.overlays: tuple[Bound, ...] = ()
        self._ids: set[str] = set()
        self._calls: dict[str, Earlier] = {}
        self._beside = Beside()

    def take(self, event: Event) -> bool:
        """Take an event in; tell whether it was new."""
        if event.id in self._ids:
            return False
        self._ids.add(event.id)
        self.last_at = max(self.last_at, event.at)
        body = event.body
        match event.kind:
            case Kind.SAID:
                self.texts.append(body["text"])
            case Kind.LET:
                self._let(body, event.at)
            case Kind.CAME if body["call_id"] in self._calls:
                self._came(self._calls[body["call_id"]], body)
            case Kind.CAME:
                self.strays.append(body["result"])
            case Kind.NARROWED:
                self.overlays = (*self.overlays, _overlay(event.id, body["text"]))
            case Kind.NOT_RUN if body["call_id"] in self._calls:
                self.forget(self._calls.pop(body["call_id"]).number)
            case _:
                pass
        return True

    def _let(self, body: Mapping[str, Any], at: datetime) -> None:
        subject = Subject(self.owner.subject)
        call = ToolCall(
            body["call_id"], body["tool"], body["args"], body["server"], subject, self.owner.agent
        )
        number = self.let(call, at)
        self._calls[call.call_id] = Earlier(call.server, call.tool, body["asked"], call, number)

    def _came(self, earlier: Earlier, body: Mapping[str, Any]) -> None:
        outcome = Outcome.FAILED if body["failed"] else Outcome.EXECUTED
        self.came(earlier.number, body["result"], outcome)
        self._calls[earlier.released.call_id] = replace(earlier, came_back=True)

    def earlier(self, call_id: str) -> Earlier | None:
        """Return a call of this session that was let through."""
        return self._calls.get(call_id)

    def calls(self) -> Iterator[Earlier]:
        """Yield the calls that were let through."""
        return iter(self._calls.values())

    def let_through(self) -> Iterator[str]:
        """Yield the ids of the calls that were let through."""
        return iter(self._calls)

    def asking(self, call: ToolCall, policies: Sequence[syntax.Policy], beside: Beside) -> None:
        """Turn to one decision: whose labels count, and what is known beside the session."""
        self.call, self.policies, self._beside = call, policies, beside

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the calls of this session, or of a wider window."""
        if per == "session":
            return super().past(per, since)
        return self._beside.past(per, since)

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that came with the request."""
        return self._beside.given(fact)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return a fact that sources know."""
        return self._beside.look_up(fact, args)


def _overlay(event_id: str, text: str) -> Bound:
    """Read rules that were added; no published policy has such a name."""
    policy = parse(Source(event_id, text))
    header = replace(policy.header, name=f"session/{policy.name}")
    return Bound(replace(policy, header=header), published=False)


def calls_of(events: Sequence[tuple[str, Event]]) -> list[PastCall]:
    """Return the calls that events of several sessions tell of, oldest first."""
    found: dict[tuple[str, str], PastCall] = {}
    for session, event in events:
        key = (session, event.body.get("call_id", ""))
        if event.kind is Kind.LET:
            body = event.body
            found[key] = PastCall(
                body["tool"], body["args"], event.at, Outcome.RESERVED, body["server"]
            )
        elif event.kind is Kind.CAME and key in found:
            outcome = Outcome.FAILED if event.body["failed"] else Outcome.EXECUTED
            found[key] = replace(found[key], result=event.body["result"], outcome=outcome)
        elif event.kind is Kind.NOT_RUN:
            found.pop(key, None)
    return sorted(found.values(), key=lambda one: one.at)
