"""Requests to try faults on, the state each begins in, and what must hold after any of them."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import pytest
from sqlalchemy import Select, select

from dsl.syntax import Per
from dsl.types import Unknown
from memory.database import PRAGMAS
from memory.records.log import LATELY_S
from memory.records.record import DecisionRecord, record
from memory.records.signer import PUBLIC, key_id, public_key
from memory.records.verify import verify
from memory.sessions.session import Owner
from memory.tables import approval_asks, approvals, evidence, records, session_events
from tests.app.facts.serving import Server, says
from tests.app.faults.stepping import Clock, Fault, Points
from tests.harness import ALL_SCOPES, GatewayHarness

T = TypeVar("T")
POLICY: Final = """\
policy bank version 1;
fact limit = lookup get_limit(id: args.id) within 2s;
rule small: allow do_pay when args.amount <= 100;
rule large: ask do_pay when args.amount > 100;
rule named: allow do_send when args.to from user;
rule looked: allow do_order when args.amount <= fact.limit;
rule often: deny do_* when count(do_* within 1d per subject) >= 100;
rule no_cards on result: deny do_pay when detects(result, "card");
rule no_mail on reply: deny when detects(reply, "email");
"""
DAY: Final[Mapping[Per, timedelta]] = {"subject": timedelta(days=1)}
CARD: Final = "4111 1111 1111 1111"
ANSWERED: Final = (200, 500, 503)
SETTLE: Final = 5000  # looks, two milliseconds apart: longer than SQLite waits for a lock
# Nothing here asks what is left after the power was cut; and a disk is slow.
QUICK: Final = tuple(one.replace("=FULL", "=OFF") for one in PRAGMAS)


class Bank(GatewayHarness):
    """A gateway whose requests can be stopped at each of their waits."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, source: Server | None = None, **more: Any
    ) -> None:
        self.points = Points(Clock(patch), lambda: bool(self._unfinished()))
        self.numbers = itertools.count()
        if source is not None:
            source.answers["/limits/a"] = says(10)
            more["facts"] = {"get_limit": {"kind": "http", "url": source.address + "/limits/{id}"}}
        patch.setattr("memory.database.PRAGMAS", QUICK)
        super().__init__(folder, POLICY, deadline_ms=2500, **more)
        assert self.gateway.live.refused is None
        self.points.watch_store(self.gateway.database.engine.sync_engine)
        self.boss = self.new_key(ALL_SCOPES, subject="boss", name="boss")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop, with every task of it in steps."""
        self.points.watch(self._runner.get_loop())
        return super().run(work)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send what must be answered."""
        answer = self.request("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def tried(self, path: str, body: Any, fault: Fault | None, at: int) -> httpx.Response | None:
        """Send a request with a fault at one of its waits; None where nobody is left to read."""
        headers = {"Authorization": f"Bearer {self.key}"}
        work = self._client.post(path, json=body, headers=headers)
        answer = self.run(self.points.tried(work, fault, at))
        self.quiet()
        self.run(self.gateway.database.answers())  # connections that were cut off show it once
        if self.settings.audit == "async":  # which refuses for a while after a fault
            self.points.clock.move(LATELY_S)
        return answer if isinstance(answer, httpx.Response) else None

    def rows(self, queries: Sequence[Select[Any]]) -> list[list[Mapping[str, Any]]]:
        """Return what the store holds, as it was at one time."""

        async def work() -> list[list[Mapping[str, Any]]]:
            async with self.gateway.database.read() as connection:
                found = [(await connection.execute(one)).mappings().all() for one in queries]
            return [[dict(row) for row in rows] for rows in found]

        return self.run(work())

    def quiet(self) -> None:
        """See that a request that is over holds nothing: no lock, no connection, no record."""

        async def work() -> dict[str, Any]:
            for _ in range(SETTLE):
                if not (held := self._held()):
                    break
                await asyncio.sleep(0.002)
            return held

        assert self.run(work()) == {}

    def _unfinished(self) -> int:
        return int(self.gateway.log._waiting._unfinished_tasks)  # type: ignore[attr-defined]

    def _held(self) -> dict[str, Any]:
        gateway = self.gateway
        pool: Any = gateway.database.engine.pool
        held = {
            "sessions": list(gateway.sessions._locks._held),
            "approvals": list(gateway.approving._locks._held),
            "records": self._unfinished(),
            "connections": pool.checkedout() - gateway.announcements.lines,
        }
        return {name: what for name, what in held.items() if what}

    def flaws(self) -> list[Any]:
        """Return what is wrong with the chains."""
        key = public_key(self.settings.data / PUBLIC)
        return self.run(verify(self.gateway.database, {key_id(key): key})).flaws

    @property
    def together(self) -> bool:
        """Tell whether what happens in a session is stored in the transaction of its record."""
        return not self.gateway.database.shared


@dataclass
class Try:
    """One time that a story is told: its own subject and session, so that none sees another's."""

    bank: Bank
    story: "Story"
    number: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return f"u{self.number}"

    @property
    def session(self) -> str | None:
        return f"s{self.number}" if self.story.in_session else None

    def of(self, **members: Any) -> dict[str, Any]:
        """Return a request of this subject, in this session."""
        said: dict[str, Any] = {"subject": {"id": self.subject}, **members}
        return said if self.session is None else {**said, "session": self.session}

    def call(self, tool: str = "do_pay", call_id: str = "c1", **args: Any) -> dict[str, Any]:
        return self.of(call_id=call_id, tool=tool, args=args)

    def check(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.bank.post("/v1/check", body)

    def send(self, fault: Fault | None = None, at: int = -1) -> httpx.Response | None:
        """Send what the story is about."""
        return self.bank.tried(self.story.path, self.body, fault, at)

    def stored(self) -> "Stored":
        """Return what the store holds of it, once all is stored that was answered."""
        self.bank.quiet()
        of_subject = [
            select(table).where(table.c.subject == self.subject)
            for table in (records, evidence, session_events, approvals)
        ]
        names = select(approvals.c.id).where(approvals.c.subject == self.subject)
        asked = select(approval_asks).where(approval_asks.c.approval.in_(names))
        found = self.bank.rows([*of_subject, asked])
        read = [record(row["content"]) for row in found[0]]
        return Stored(self.session is not None, read, *found[1:])

    def known(self) -> tuple[set[str], int]:
        """Return which calls the gateway knows in the session, and how many of the subject."""
        owner = Owner("default", self.subject, None)

        async def work() -> tuple[set[str], int]:
            sessions, now = self.bank.gateway.sessions, self.bank.gateway.now()
            async with sessions.turn(owner, self.session, DAY, now) as turn:
                turn.dry = True
                window = turn.windows["subject"]
                assert not isinstance(window, Unknown)
                calls = turn.session.let_through() if turn.session else ()
                return set(calls), len(window)

        return self.bank.run(work())


@dataclass(frozen=True)
class Stored:
    """What the store holds of one try."""

    in_session: bool
    records: list[DecisionRecord]
    evidence: list[Mapping[str, Any]]
    events: list[Mapping[str, Any]]
    approvals: list[Mapping[str, Any]]
    asks: list[Mapping[str, Any]]

    def of(self, *phases: str) -> list[DecisionRecord]:
        """Return the records of calls, or of what came back and went out."""
        return [one for one in self.records if one.phase in phases]

    def event(self, kind: str) -> set[str]:
        return {row["id"] for row in self.events if row["kind"] == kind}

    @property
    def let(self) -> set[str]:
        """Return the calls that stand as let through."""
        return {name.removeprefix("let ") for name in self.event("let")}

    @property
    def allowed(self) -> set[str]:
        """Return under which names they were let through, as the records say."""
        passed = [one for one in self.of("call") if one.effect == "allow"]
        return {self.name(one) for one in passed}

    def name(self, one: DecisionRecord) -> str:
        """Return the name that a call is counted by."""
        return one.call_id if self.in_session else one.id


@dataclass(frozen=True)
class Story:
    """A request, and what comes before it."""

    name: str
    begin: Callable[[Try], dict[str, Any]]
    path: str = "/v1/check"
    in_session: bool = True
    effects: tuple[str, ...] = ("allow",)  # of the answer, without a fault

    def tell(self, bank: Bank) -> Try:
        """Bring a gateway to where the story begins."""
        told = Try(bank, self, next(bank.numbers))
        told.body = self.begin(told)
        bank.gateway.ring._known.clear()  # so that the key is looked up in every request
        return told


def hold(told: Try, answer: httpx.Response | None) -> None:
    """Hold what came of a try against the law, then go on in the same session."""
    stored = told.stored()
    _answer(stored, answer)
    _stands(told, stored)
    _again(told, stored)
    stored = told.stored()
    _stands(told, stored)
    told.bank.gateway.sessions.forget()  # as another process would find it
    _counts(told, stored)


def effects(answer: httpx.Response) -> tuple[str, ...]:
    """Return what an answer says, of a call or of each event."""
    said = answer.json()
    return tuple(one["effect"] for one in said.get("events", [said]))


def _answer(stored: Stored, answer: httpx.Response | None) -> None:
    """See that whatever lets something through is recorded, and counted."""
    if answer is None:
        return
    assert answer.status_code in ANSWERED, answer.text
    if answer.status_code != 200:
        assert effects(answer) == ("deny",)
        return
    said = answer.json()
    if "events" in said:
        told = [one.effect for one in stored.of("result", "reply")]
        assert sorted(told) == sorted(effects(answer))
        return
    (mine,) = (one for one in stored.records if one.id == said["decision_id"])
    assert mine.effect == said["effect"]
    assert said["effect"] != "allow" or stored.name(mine) in stored.let


def _stands(told: Try, stored: Stored) -> None:
    """See that a record stands or falls with what belongs to it, and memory is as the store."""
    kept = {row["decision"] for row in stored.evidence} - {None}
    assert kept == {one.id for one in stored.records}
    came = stored.event("came")
    if told.bank.together:
        assert stored.let == stored.allowed
        assert bool(came) == bool(stored.of("result"))
    else:
        assert stored.let <= stored.allowed
        assert not came or stored.of("result")
    _approvals(stored)
    _counts(told, stored)


def _approvals(stored: Stored) -> None:
    """See that each question has its approval, and each use its allowed call."""
    asks = sorted(row["decision"] for row in stored.asks)
    assert asks == sorted(one.id for one in stored.records if one.effect == "ask")
    assert {row["approval"] for row in stored.asks} == {row["id"] for row in stored.approvals}
    used = [row["used_by"] for row in stored.approvals if row["status"] == "used"]
    assert sorted(used) == sorted(one.id for one in stored.records if one.reason == "approved")
    assert len(stored.approvals) - len(used) <= 1


def _counts(told: Try, stored: Stored) -> None:
    """Hold what the gateway counts against the store: it is no more and no less."""
    in_session, of_subject = told.known()
    assert of_subject == len(stored.let)
    assert in_session == (stored.let if told.session else set())


def _again(told: Try, stored: Stored) -> None:
    """Ask once more: it is answered as if nothing had been, and a call is counted once."""
    used = any(one.reason == "approved" for one in stored.records)
    said = told.bank.request("POST", told.story.path, json=told.body)
    assert said.status_code == 200, said.text
    assert effects(said) == (("ask",) if used else told.story.effects)


# The stories.


def _first(told: Try) -> dict[str, Any]:
    return told.call(amount=5)


def _known(told: Try) -> None:
    """Let the session be there, and its subject's key, so that they need not be made."""
    told.check(told.call("other", "c0"))


def _plain(told: Try) -> dict[str, Any]:
    _known(told)
    return told.call(amount=5)


def _named(told: Try) -> dict[str, Any]:
    events = [{"type": "user", "id": "u1", "text": "pay DE89370400440532013000, please"}]
    told.bank.post("/v1/observe", told.of(events=events))
    return told.call("do_send", to="DE89 3704 0044 0532 0130 00")


def _asked(told: Try) -> dict[str, Any]:
    _known(told)
    return told.call(amount=500)


def _approved(told: Try) -> dict[str, Any]:
    name = told.check(_asked(told))["approval"]["id"]
    path = f"/v1/approvals/{name}/approve"
    answer = told.bank.request("POST", path, told.bank.boss, json={})
    assert answer.json()["status"] == "approved", answer.text
    return {**told.call(amount=500), "approval": name}


def _looked_up(told: Try) -> dict[str, Any]:
    _known(told)
    return told.call("do_order", id="a", amount=5)


def _withheld(told: Try) -> dict[str, Any]:
    told.check(told.call(amount=5))
    event = {"type": "result", "id": "r1", "call_id": "c1", "result": {"card": CARD}}
    return told.of(events=[event])


def _shown(told: Try) -> dict[str, Any]:
    told.check(told.call(amount=5))
    event = {"type": "result", "id": "r1", "call_id": "c1", "result": "done"}
    return told.of(events=[event, {"type": "reply", "id": "e2", "text": "It is done."}])


OBSERVE: Final = "/v1/observe"
STORIES: Final = (
    Story("plain", _plain, in_session=False),
    Story("first", _first),
    Story("in_session", _plain),
    Story("named", _named),
    Story("asked", _asked, effects=("ask",)),
    Story("approved", _approved),
    Story("looked_up", _looked_up),
    Story("withheld", _withheld, OBSERVE, effects=("deny",)),
    Story("shown", _shown, OBSERVE, effects=("allow", "allow")),
)


def tries(story: Story, bank: Bank, fault: Fault, step: int = 1) -> Iterator[int]:
    """Tell a story again and again, each time with a fault at a later wait, and yield which."""
    for at in itertools.count(0, step):
        told = story.tell(bank)
        answer = told.send(fault, at)
        if not bank.points.happened:
            assert answer is not None
            assert effects(answer) == story.effects
            return
        hold(told, answer)
        yield at
