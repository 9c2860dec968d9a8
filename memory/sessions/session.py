"""One session as its events made it, and the answers it gives to one decision."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from dsl import strictjson, syntax
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import NOTHING, Cause, Subject, ToolCall
from dsl.parse import parse
from dsl.state import Decided, Nothing, Outcome, PastCall, Place
from dsl.types import Truth, Unknown
from memory.sessions.events import Event, Kind
from memory.sessions.index import session as indexed
from memory.sessions.two_seats import TwoSeats

_MUCH: Final = 64 << 10  # bytes that are taken in even if nobody asks yet

Windows = Mapping[syntax.Per, Sequence[PastCall] | Unknown]
LookUp = Callable[[syntax.Fact, Mapping[str, Any]], Any | Unknown]
Score = Callable[[syntax.Judged, Any, ToolCall, Decided | None], Any | Unknown]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is; nobody else may name it."""

    tenant: str
    subject: str | None
    agent: str | None


class Beside(Struct, frozen=True):
    """What one decision may use beside its session: wider windows, facts, and learned scores."""

    windows: Windows = field(default_factory=dict)
    facts: Mapping[str, Any] = NOTHING  # of the request
    sources: LookUp | None = None
    scores: Score | None = None

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

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return a score that a guard gave."""
        if self.scores is None:
            return Unknown(Cause.NO_GUARD, judged.name) if decided is None else decided.score
        return self.scores(judged, value, call, decided)


class Without(Nothing):
    """What a decision knows that has no session, or one that is over."""

    def __init__(self, cause: Cause, beside: Beside, before: Sequence["Session"] = ()) -> None:
        super().__init__(cause)
        self._beside = beside
        self._before = before  # sessions that are over, and whose labels hold on

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

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return a score that a guard gave."""
        return self._beside.score(judged, value, call, decided)

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell that a label holds on; of others nobody knows."""
        return self._surely(one.session_has(label, by) for one in self._before)

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        """Tell that a value of before has a label; `lifted` is none, as nobody knows the user."""
        return self._surely(one.labelled(value, label, by, to=to) for one in self._before)

    def _surely(self, found: Iterable[Truth]) -> Truth:
        return True if any(one is True for one in found) else self._open


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call of the session that was let through, as it was asked for and as it was released."""

    server: str | None
    tool: str
    asked: Mapping[str, Any]
    released: ToolCall
    number: int
    at: datetime
    came: str | None = None  # the event that told its result, or that there was one after all
    by: str | None = None  # what the seat that told it calls the call, if that is another name
    never_ran: bool = False

    @property
    def came_back(self) -> bool:
        """Tell whether its result was told."""
        return self.came is not None

    @property
    def is_spent(self) -> bool:
        """Tell whether its name names a call that is over: it came back, or never ran."""
        return self.came_back or self.never_ran


class Session(indexed.Session):
    """A session that grows by events, each taken in once."""

    def __init__(self, owner: Owner, opened_at: datetime, name: str | None = None) -> None:
        super().__init__()
        self.owner = owner
        self.name = name
        self.opened_at = self.last_at = opened_at
        self.number = 0  # of the last event in the store that was taken in
        self.weight = 0  # bytes of all that was taken in
        self._settled_weight = 0
        self.overlays: tuple[Bound, ...] = ()
        self.overlay_length = 0
        self.closed = False  # deleted: nothing is asked of it, and nothing happens in it
        self._told: dict[str, Told] = {}
        self._calls: dict[str, Earlier] = {}
        self._taken_back: dict[str, Earlier] = {}  # calls that never ran
        self.seats = TwoSeats()
        self._beside = Beside()

    def take(self, event: Event) -> bool:
        """Take an event in; tell whether it was new."""
        if event.id in self._told:
            return False
        self._happened(event, event.body)
        self.last_at = max(self.last_at, event.at)
        self.weight += event.weight
        # At the end: one that could not be taken in was not, and is tried again.
        self._told[event.id] = Told(event.told, kept_of(event.body))
        return True

    @property
    def happened(self) -> int:
        """Return how many events were taken in."""
        return len(self._told)

    @property
    def wants_settling(self) -> bool:
        """Tell whether so much happened that the first question would wait for long."""
        return super().wants_settling or self.weight - self._settled_weight > _MUCH

    def settle(self) -> None:
        """Take in what happened since the last time."""
        weight = self.weight
        super().settle()
        self._settled_weight = weight

    def _happened(self, event: Event, body: Mapping[str, Any]) -> None:
        match event.kind:
            case Kind.SAID:
                self.texts.append(body["text"])
            case Kind.LET:
                self._let(body, event.at)
            case Kind.CAME if body["call_id"] in self._taken_back:
                self._ran_after_all(self._taken_back.pop(body["call_id"]), body["result"])
            case Kind.CAME if self._waits(body["call_id"]):
                self._came(self._calls[body["call_id"]], event.id, body)
            case Kind.CAME:  # of a call nobody let through, or once more
                self.stray(body["result"])
            case Kind.APPROVED:
                self._approved(body)
            case Kind.PASSED:
                self.seats.take(body["call_id"], body["again"])
            case Kind.NARROWED:
                self._narrow(event.id, body["text"])
            case Kind.CLOSED:
                self.closed = True
            case Kind.NOT_RUN if self._waits(body["call_id"]):
                earlier = self._calls.pop(body["call_id"])
                self.forget(earlier.number)
                self._taken_back[body["call_id"]] = replace(earlier, never_ran=True)
            case _:
                pass

    def _let(self, body: Mapping[str, Any], at: datetime) -> None:
        call = ToolCall(
            body["call_id"],
            body["tool"],
            body["args"],
            body["server"],
            Subject(self.owner.subject, tuple(body.get("roles", ()))),
            self.owner.agent,
            self.name,
            body.get("context", NOTHING),
        )
        asked = body.get("asked", body["args"])
        number = self.let(call, at)
        self._calls[call.call_id] = Earlier(call.server, call.tool, asked, call, number, at)

    def _waits(self, call_id: str) -> bool:
        """Tell whether a call was let through and has not come back."""
        earlier = self._calls.get(call_id)
        return earlier is not None and not earlier.came_back

    def _came(self, earlier: Earlier, event_id: str, body: Mapping[str, Any]) -> None:
        outcome = Outcome.FAILED if body["failed"] else Outcome.EXECUTED
        self.came(earlier.number, body["result"], outcome)
        told = replace(earlier, came=event_id, by=body.get("by"))
        self._calls[earlier.released.call_id] = told

    def _ran_after_all(self, earlier: Earlier, result: Any) -> None:
        """Count a call again that was said never to have run; what became of it is unknown."""
        self.stray(result)
        number = self.let(earlier.released, earlier.at)
        again = replace(earlier, number=number, came="", never_ran=False)
        self._calls[earlier.released.call_id] = again

    def _narrow(self, event_id: str, text: str) -> None:
        """Read rules that were added; no other policy has such a name."""
        policy = parse(Source(event_id, text))
        name = f"session/{policy.name}"
        if any(one.policy.name == name for one in self.overlays):
            name = f"{name}/{len(self.overlays) + 1}"
        header = replace(policy.header, name=name)
        narrowing = Bound(replace(policy, header=header), published=False)
        self.overlays = (*self.overlays, narrowing)
        self.overlay_length += len(text)

    def _approved(self, body: Mapping[str, Any]) -> None:
        """Remember the values that a person approved, also those that rules put in."""
        for args in (body[name] for name in ("args", "changed") if name in body):
            self.approve(ToolCall("-", body["tool"], args, body["server"]))

    def told(self, event_id: str) -> "Told | None":
        """Return what was told under an id."""
        return self._told.get(event_id)

    def earlier(self, call_id: str) -> Earlier | None:
        """Return a call of this session that was let through, also if it never ran."""
        name = self.seats.first_name(call_id)
        return self._calls.get(name) or self._taken_back.get(name)

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

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return a score that a guard gave."""
        return self._beside.score(judged, value, call, decided)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told under an id: as it was sent, and what is kept of it, each as a digest."""

    sent: str
    kept: str


def kept_of(body: Mapping[str, Any]) -> str:
    """Return a digest of what an event leaves for the session to know."""
    kept = strictjson.canonical(body.get("result"))
    return hashlib.sha256(kept.encode()).hexdigest()
