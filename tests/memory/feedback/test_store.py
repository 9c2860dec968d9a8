"""The log of feedback: added to and never changed, each tenant's by itself."""

import asyncio
import dataclasses
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from memory.database import Database
from memory.evidence.key import ErasedError
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.feedback.reading import RELEASE, ROLLBACK
from memory.feedback.reporting import Fate, NewReport, Once, Taken, WhyNot, Withdrawal
from memory.feedback.store import Feedback
from memory.ids import new_id
from memory.induction.log import Log
from memory.induction.report import Kind, Label
from memory.records.act import Actor, By, What, act
from memory.records.acts import WantedActs, page
from memory.tables import feedback
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record

ANA = Actor(By.API_KEY, "key_ana")


class Logged:
    """A log of feedback in a store, and short ways to add to it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.vault = Vault(store.database, FileMaster(b"m" * 32), now=lambda: NOW)
        self.log = Feedback(store.database, self.vault)

    def say(self, minute: float = 0, call: int = 0, **more: object) -> Taken:
        return self.store.run(self.saying(self.log, minute, call, **more))

    async def saying(
        self, log: Feedback, minute: float = 0, call: int = 0, **more: object
    ) -> Taken:
        tenant = str(more.pop("tenant", "acme"))
        digest = f"hmac-sha256:{call}"
        about = a_record(id=new_id("d", NOW), tenant=tenant, subject="ada", args_hmac=digest)
        given = {"label": Label.VIOLATION, "reporter": "ana", "by": ANA, **more}
        new = NewReport(decision=about, **given)  # type: ignore[arg-type]  # as the tests give them
        return await log.report(new, NOW + timedelta(minutes=minute))

    def told(self, tenant: str = "acme") -> Log:
        found = self.store.run(self.log.read(tenant))
        return Log(found.reports, found.withdrawn)


@pytest.fixture
def logged(store: Store) -> Logged:
    return Logged(store)


def test_reports_are_read_back_in_their_order_and_tenants_are_apart(logged: Logged) -> None:
    """Each tenant counts its own events from one, and nobody reads another's."""
    first, other, second = logged.say(), logged.say(tenant="other"), logged.say(1, 1)

    assert [one.seq for one in (first, other, second)] == [1, 1, 2]
    assert [one.id for one in logged.told().reports] == [first.id, second.id]
    assert [one.id for one in logged.told("other").reports] == [other.id]
    assert {one.reporter for one in logged.told().reports} == {"ana"}


def test_of_several_who_begin_a_refresh_one_does(logged: Logged) -> None:
    """It takes the next number; who knew of no other is told that somebody was first."""
    logged.say()
    began = logged.store.run(
        asyncio.wait_for(
            _both(*(logged.log.refresh("acme", 0, NOW + timedelta(minutes=1)) for _ in range(2))),
            60,
        )
    )
    again = logged.store.run(logged.log.refresh("acme", 2, NOW + timedelta(minutes=2)))
    found = logged.store.run(logged.log.read("acme"))

    assert sorted(began, key=str) == [2, None]
    assert again == 3
    assert [(one.seq, one.as_of) for one in found.refreshes] == [
        (2, NOW + timedelta(minutes=1)),
        (3, NOW + timedelta(minutes=2)),
    ]
    assert logged.store.run(logged.log.tenants()) == ["acme"]


async def _both(*work: Coroutine[Any, Any, int | None]) -> list[int | None]:
    return list(await asyncio.gather(*work))


def test_the_same_said_again_within_a_day_is_kept_and_does_not_count(logged: Logged) -> None:
    """A repetition is told so; another label, person, call, or day is none."""
    assert logged.say().counted
    assert logged.say(5).reason is WhyNot.DUPLICATE
    assert logged.say(6, label=Label.OK).counted
    assert logged.say(7, reporter="bob").counted
    assert logged.say(8, call=1).counted
    assert logged.say(60 * 24).counted
    assert len(logged.told().reports) == 6


def test_what_is_to_be_kept_once_is_kept_once(logged: Logged) -> None:
    """Also of two who send it at one moment; and what was withdrawn does not come back so."""
    about = a_record(id=new_id("d", NOW), tenant="acme", subject="ada")
    new = NewReport(decision=about, label=Label.VIOLATION, reporter="ana", by=ANA)

    async def sent(number: int, day: int = 0) -> list[Once]:
        at = NOW + timedelta(days=day)
        return list(await asyncio.gather(*(logged.log.report_once(new, at) for _ in range(number))))

    first = logged.store.run(asyncio.wait_for(sent(4), 60))
    (kept,) = logged.told().reports
    assert sorted(one.fate for one in first) == [*3 * [Fate.ALREADY], Fate.KEPT]
    assert {one.id for one in first} == {kept.id}
    gone = Withdrawal(report=kept.id)
    logged.store.run(logged.log.withdraw("acme", gone, "a slip", ANA, NOW))
    (again,) = logged.store.run(sent(1, day=100))
    assert (again.fate, logged.told().standing()) == (Fate.ALREADY, [])
    other = dataclasses.replace(new, reporter="bob")
    assert logged.store.run(logged.log.report_once(other, NOW)).fate is Fate.KEPT


def test_over_twenty_a_day_do_not_count(logged: Logged) -> None:
    """The twenty-first report of a person on one day weighs nothing, and the next day's does."""
    said = [logged.say(0, call).reason for call in range(22)]

    assert said == [None] * 20 + [WhyNot.DAILY_CAP] * 2
    assert logged.say(0, 99, reporter="bob").counted
    assert logged.say(60 * 24, 50).counted


def test_what_is_said_while_reports_are_held_does_not_count_yet(logged: Logged) -> None:
    """Whoever reports is told so, until somebody ends the hold; what was held then was said."""
    run, done = logged.store.run, partial(act, actor=ANA, now=NOW, tenant="acme")
    assert run(logged.log.refresh("acme", 0, NOW)) == 1
    assert logged.say().counted
    run(logged.log.add(ROLLBACK, {"to": 1}, done(What.MEMORY_ROLLED_BACK)))

    assert logged.say(1, 1).reason is WhyNot.QUARANTINED
    assert logged.say(1, 1, tenant="other").counted
    run(logged.log.add(RELEASE, {"reporter": "ana"}, done(What.MEMORY_RELEASED)))
    assert logged.say(2, 2).reason is WhyNot.QUARANTINED
    run(logged.log.add(RELEASE, {"all": True}, done(What.MEMORY_RELEASED)))
    assert logged.say(3, 3).counted
    assert logged.say(4, 2).reason is WhyNot.DUPLICATE


def test_a_withdrawal_is_an_event_and_what_it_names_is_gone(logged: Logged) -> None:
    """The report stays in the log, and the log stands as if it had never been made."""
    first, second = logged.say(), logged.say(1, 1, reporter="bob")
    gone = Withdrawal(report=first.id)
    seq = logged.store.run(logged.log.withdraw("acme", gone, "a slip", ANA, NOW))
    told = logged.told()

    assert seq == 3
    assert [one.id for one in told.reports] == [first.id, second.id]
    assert [one.id for one in told.standing()] == [second.id]
    by_person = Withdrawal(reporter="bob")
    logged.store.run(logged.log.withdraw("acme", by_person, "", ANA, NOW))
    assert logged.told().standing() == []
    assert logged.told("other").withdrawn == []


def test_a_withdrawal_names_one_thing() -> None:
    """Whoever names several things, or nothing, takes nothing back."""
    for one in (Withdrawal(), Withdrawal(report="rep_1", reporter="ana")):
        with pytest.raises(ValueError, match="names one"):
            _ = one.named


def test_each_event_is_recorded_as_an_act(logged: Logged) -> None:
    """Who said or took back what stands in the chain of acts, without any words of it."""
    taken = logged.say(comment="the account was never ours")
    gone = Withdrawal(report=taken.id)
    logged.store.run(logged.log.withdraw("acme", gone, "a slip", ANA, NOW))
    found = logged.store.run(page(logged.store.database, WantedActs("acme"), 10)).found

    assert sorted((one.what, one.who) for one in found) == [
        ("feedback.reported", "key_ana"),
        ("feedback.withdrawn", "key_ana"),
    ]
    assert all("never ours" not in str(one) for one in found)


def test_a_comment_is_sealed_and_goes_with_whom_it_is_about(logged: Logged) -> None:
    """What people write beside a label is erased with the subject of the call."""
    taken = logged.say(comment="the account was never ours")

    async def stored() -> bytes:
        async with logged.store.database.read() as connection:
            found = await connection.execute(select(feedback.c.comment, feedback.c.content))
            comment, content = found.one()
        assert "never ours" not in content
        assert b"never ours" not in comment
        return bytes(comment)

    place = f"acme\n{taken.id}\ncomment"
    sealed, key = logged.store.run(stored()), logged.store.run(logged.vault.key("acme", "ada"))
    assert key.open(sealed, place) == b"the account was never ours"
    logged.store.run(logged.vault.destroy("acme", "ada", who="test"))
    left = logged.store.run(logged.vault.keys("acme", ["ada"]))["ada"]
    with pytest.raises(ErasedError):
        left.open(sealed, place)


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_reports_that_come_at_once_have_numbers_of_their_own(logged: Logged) -> None:
    """Several gateways add to one log, and no number is given twice or left out."""

    async def work() -> list[int]:
        other = Database(logged.store.database.url)
        theirs = Feedback(other, Vault(other, FileMaster(b"m" * 32), now=lambda: NOW))
        both = [logged.log, theirs] * 4
        said = [logged.saying(one, call=at, reporter=f"person{at}") for at, one in enumerate(both)]
        found = await asyncio.gather(*said)
        await other.close()
        return sorted(one.seq for one in found)

    assert logged.store.run(work()) == list(range(1, 9))


def test_what_is_read_of_the_log_says_nothing_of_the_intake(logged: Logged) -> None:
    """How much a report weighs is worked out of the log, and not of what its sender was told."""
    logged.say()
    logged.say(5)
    told = logged.told()

    assert [one.status for one in told.reports] == ["active", "active"]
    assert len(told.counted()) == 2  # two decisions, of whose calls nothing is known


def test_nothing_is_kept_where_somebody_spoke_of_the_call_meanwhile(logged: Logged) -> None:
    """Who looked before another's report came is told so; what was said of other calls is fine."""
    about = a_record(id=new_id("d", NOW), tenant="acme", subject="ada", args_hmac="hmac-sha256:1")
    new = NewReport(decision=about, label=Label.OK, reporter="ana", by=ANA, kind=Kind.AUDIT)
    later = partial(logged.log.report_after, new, NOW)
    run = logged.store.run
    logged.say(0, 2, reporter="bob")

    first = run(later(0))
    assert first is not None
    assert (first.seq, run(later(1))) == (2, None)
    assert run(later(2)) is not None
    assert len(logged.told().reports) == 3
