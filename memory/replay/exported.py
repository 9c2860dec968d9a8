"""Decisions in a file, with all that judging them anew needs: for whoever has no store.

One JSON object a line: what happened in sessions first, by its number, then the decisions, oldest
first. Everything stands in it in clear.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dsl import strictjson
from dsl.errors import DrawbarError
from memory.evidence.key import ErasedError
from memory.records.record import record
from memory.replay.cases import Case, call_of
from memory.sessions.events import Event, Kind, event
from memory.sessions.session import Owner
from memory.sessions.store import Numbered, Opened, Place, Reading, Stored, Whose

FORM: Final = "drawbar.replay/1"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FAULTS: Final = (OSError, ValueError, KeyError, TypeError)


async def told(
    found: AsyncIterator[Case], reading: Reading, tenant: str
) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the lines of a file that holds some decisions; those of decisions name one."""
    yield {"form": FORM, "tenant": tenant}
    some = [one async for one in found]
    async for happened in _events(reading, tenant, {one.record.session for one in some}):
        yield happened
    for one in some:
        yield _decision(one)


async def _events(
    reading: Reading, tenant: str, names: set[str | None]
) -> AsyncIterator[dict[str, Any]]:
    """Yield all that happened in some sessions, and elsewhere what windows count."""
    happened: dict[int, tuple[str, Event]] = {}
    for name in names - {None}:
        try:
            mine = await reading.events(tenant, str(name), 0)
        except ErasedError:
            continue
        happened.update({number: (str(name), one) for number, one in mine})
    places = await reading.places(Whose(tenant, "tenant", None), _BEGINNING, 0)
    missed = [one for one in places if one.number not in happened]
    async for stored in reading.stored(tenant, missed):
        happened[stored.number] = (stored.session, stored.event)
    owners: dict[str, Opened | None] = {}
    for number, (name, one) in sorted(happened.items()):
        if name not in owners:
            owners[name] = await reading.find(tenant, name)
        yield _event(number, name, one, owners[name])


def _event(number: int, name: str, one: Event, opened: Opened | None) -> dict[str, Any]:
    owner = None if opened is None else opened.owner
    return {
        "event": number,
        "session": name,
        "subject": None if owner is None else owner.subject,
        "agent": None if owner is None else owner.agent,
        "opened_at": None if opened is None else opened.at.isoformat(),
        "id": one.id,
        "kind": str(one.kind),
        "at": one.at.isoformat(),
        "body": one.body,
    }


def _decision(one: Case) -> dict[str, Any]:
    return {
        "decision": strictjson.reread(one.record.content().encode()),
        "args": one.call.args,
        "context": dict(one.call.context),
        "facts": {"request": dict(one.told), "read": list(one.read.values())},
        "gone": one.gone,
    }


class Exported:
    """A file that was exported, as a store to read from."""

    def __init__(self, path: Path) -> None:
        self._opened: dict[str, Opened] = {}
        self._happened: list[Stored] = []
        self._owners: dict[int, Owner] = {}
        self._decisions: list[Case] = []
        try:
            with path.open("rb") as file:
                self._read(file)
        except _FAULTS as error:
            raise DrawbarError(f"`{path}` cannot be read as exported decisions") from error

    def _read(self, file: Iterable[bytes]) -> None:
        each = iter(file)
        head = strictjson.reread(next(each, b"{}"))
        if head.get("form") != FORM:
            raise ValueError("another form")
        for line in each:
            told = strictjson.reread(line)
            if "event" in told:
                self._take(told, head["tenant"])
            else:
                self._decisions.append(_case(told))

    def _take(self, told: Mapping[str, Any], tenant: str) -> None:
        owner = Owner(tenant, told["subject"], told["agent"])
        body = strictjson.canonical(told["body"]).encode()
        at = datetime.fromisoformat(told["at"])
        one = event(told["id"], Kind(told["kind"]), at, body)
        self._happened.append(Stored(told["event"], told["session"], one))
        self._owners[told["event"]] = owner
        if told["opened_at"] is not None:
            opened = datetime.fromisoformat(told["opened_at"])
            self._opened.setdefault(told["session"], Opened(owner, opened))

    async def cases(self, **by: Any) -> AsyncIterator[Case]:
        """Yield the decisions that fit, oldest first."""
        for one in self._decisions:
            if _fits(one, by):
                yield one

    async def find(self, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""
        del tenant  # a file holds one alone
        return self._opened.get(name)

    async def events(self, tenant: str, name: str, after: int) -> Sequence[Numbered]:
        """Return what happened in a session, from an event on."""
        del tenant
        mine = (one for one in self._happened if one.session == name and one.number > after)
        return [(one.number, one.event) for one in mine]

    async def places(self, whose: Whose, since: datetime, above: int) -> Sequence[Place]:
        """Return which events tell of the calls of a window."""
        return [
            Place(one.number, one.session)
            for one in self._happened
            if one.number > above and one.event.at >= since and self._counts(one, whose)
        ]

    def _counts(self, one: Stored, whose: Whose) -> bool:
        owner = self._owners[one.number]
        mine = {"subject": owner.subject, "agent": owner.agent}.get(whose.per)
        return one.event.kind is not Kind.SAID and (whose.per == "tenant" or mine == whose.name)

    async def stored(self, tenant: str, places: Sequence[Place]) -> AsyncIterator[Stored]:
        """Yield events by where they stand."""
        del tenant
        wanted = {one.number for one in places}
        for one in self._happened:
            if one.number in wanted:
                yield one


def _case(told: Mapping[str, Any]) -> Case:
    one = record(strictjson.canonical(told["decision"]))
    content = {"args": told["args"], "context": told["context"]}
    facts = told["facts"]
    read = {(each["source"], strictjson.canonical(each["args"])): each for each in facts["read"]}
    return Case(one, call_of(one, content), facts["request"], read, told["gone"])


def _fits(one: Case, by: Mapping[str, Any]) -> bool:
    """Tell whether a decision is looked for."""
    kept = one.record
    since, until = by.get("since"), by.get("until")
    if (since is not None and kept.at < since) or (until is not None and kept.at >= until):
        return False
    told = {
        "subject": kept.subject,
        "agent": kept.agent,
        "session": kept.session,
        "tool": one.call.qualified,
    }
    return all(by.get(name) in (None, value) for name, value in told.items())
