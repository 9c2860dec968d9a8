"""Where anything is unclear, no glass is broken: the usual policy judges."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from app.deciding import glass as glass_module
from app.deciding.sessioning import in_session
from app.ui import pages
from memory.announcing.announce import Topic, announce
from memory.announcing.listening import Announcements
from memory.records.act import os_user
from memory.tables import glass as table
from tests.app.glass.breaking import RELIEF, STANDS_BY, Breaking
from tests.harness import ALL_SCOPES, pay


def test_it_ends_to_the_second_by_itself(office: Breaking) -> None:
    """At its time the usual policy judges; who had it broken is told once that it is over."""
    name = office.broken(seconds=600)
    office.wait(seconds=540)
    before = office.said()
    office.wait(seconds=60)
    after = office.said()

    office.gateway.run(noted_over(office, name))
    act = next(one for one in office.acts() if one["what"] == "glass.over")
    assert (before, after) == ("allow rule", "ask rule")
    assert (act["by"], act["about"]) == ("gateway", name)
    assert office.end(name) == 404


def test_a_clock_that_is_set_back_or_stands_still_breaks_nothing(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it was confirmed it is not broken; and no longer than it was to be, whoever counts."""
    office.broken(seconds=600)
    office.wait(hours=-1)
    back = office.said()
    office.wait(hours=1)
    again = office.said()
    real = time.monotonic
    later = SimpleNamespace(monotonic=lambda: real() + 700)
    monkeypatch.setattr(glass_module, "time", later)

    assert (back, again, office.said()) == ("ask rule", "allow rule", "ask rule")


def test_what_is_over_by_either_clock_stays_so_over_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock set back before its end gives no gateway that starts anew more time for it."""
    office = Breaking(tmp_path)
    name = office.broken(seconds=600)
    real = time.monotonic
    later = SimpleNamespace(monotonic=lambda: real() + 700)
    with monkeypatch.context() as patched:
        patched.setattr(glass_module, "time", later)
        office.gateway.run(noted_over(office, name))
    office.gateway.close()
    again = Breaking(tmp_path)
    after = again.said()
    again.gateway.close()

    assert after == "ask rule"


@pytest.mark.parametrize("less", ["another text", "another binding", "none"])
def test_what_was_published_since_is_not_what_was_confirmed(office: Breaking, less: str) -> None:
    """Another text or binding of the stand-in, or none: the usual policy judges with all others.

    A change elsewhere leaves it broken.
    """
    changed = {
        "another text": ("relief.bar", RELIEF.replace("1000", "2000")),
        "another binding": ("bindings.toml", STANDS_BY + 'edges = ["http", "mcp"]\n'),
        "none": ("bindings.toml", ""),
    }
    office.broken()
    office.gateway.write("other.bar", 'policy other version 1;\ndefault allow because "nothing";\n')
    office.gateway.reload()
    assert office.said() == "allow rule"

    office.gateway.write(*changed[less])
    office.gateway.reload()
    assert office.said() == "ask rule"


def test_where_nothing_was_heard_for_long_the_usual_policy_judges(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have ended it since: the store must have said nothing of that lately."""
    office.broken()

    async def answers(_self: Announcements) -> None:
        return

    with monkeypatch.context() as patched:
        patched.setattr(Announcements, "silent_s", lambda _self: 11.0)
        patched.setattr(Announcements, "look", answers)
        patched.setattr(type(office.gateway.gateway.freezing), "_is_known", True)
        unheard = office.said()

    assert (unheard, office.said()) == ("ask rule", "allow rule")


def test_a_row_that_no_gateway_wrote_breaks_nothing(office: Breaking) -> None:
    """Who writes to the store alone can lengthen nothing, and confirm nothing."""
    asked, name = office.ask().json(), office.broken()
    office.end(name)

    async def forged() -> None:
        async with office.gateway.gateway.database.write() as connection:
            ids = table.c.id.in_([asked["id"], name])
            await connection.execute(update(table).where(ids).values(status="broken", seal="0"))
        await office.gateway.gateway.glass.read()

    office.gateway.run(forged())
    listed = office.gateway.request("GET", "/v1/glass").json()["glass"]

    assert office.said() == "ask rule"
    assert {one["state"] for one in listed} == {"void"}


def test_a_row_that_nobody_can_read_ends_what_it_said_and_hinders_nobody(
    office: Breaking,
) -> None:
    """It is heard of as any change is: the usual policy judges, and all else is heard on."""
    name = office.broken()
    gateway = office.gateway.gateway

    async def spoilt() -> None:
        async with gateway.database.write() as connection:
            change = update(table).where(table.c.id == name).values(content="{}")
            await connection.execute(change)
            await announce(connection, Topic.GLASS)
        await gateway.announcements.look()

    before = office.said()
    office.gateway.run(spoilt())
    (listed,) = office.gateway.request("GET", "/v1/glass").json()["glass"]

    assert (before, office.said()) == ("allow rule", "ask rule")
    assert listed["state"] == "void"
    assert office.end(name) == 204


def test_an_end_that_crosses_a_decision_lets_nothing_through(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged by the stand-in, and over before the allow leaves: denied, and may be asked again."""
    name = office.broken()
    freezing = type(office.gateway.gateway.freezing)
    real = freezing.sure

    async def slow(self: Any, seconds: float) -> None:
        await real(self, seconds)
        broken = office.gateway.gateway.glass
        broken._broken = {}

    monkeypatch.setattr(freezing, "sure", slow)
    answer = office.gateway.check(pay(args={"amount": 500})).json()
    record = office.gateway.records()[0]

    assert (answer["effect"], answer["reason"], answer["retryable"]) == (
        "deny",
        "break_glass",
        True,
    )
    assert "`relief` stands in for `bank` no longer" in answer["message"]
    assert (record.reason, record.glass) == ("break_glass", (name,))


def test_a_result_that_waited_for_its_session_is_judged_by_what_judges_then(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told while glass is broken, and judged after its end: the usual policy judges."""
    gateway = office.gateway.gateway
    key = office.gateway.new_key(ALL_SCOPES, subject="u")
    name = office.broken()
    office.gateway.check(pay(session="s1", args={"amount": 500}), key)

    @asynccontextmanager
    async def busy(*given: Any) -> AsyncIterator[Any]:
        async with in_session(*given) as visit:
            await gateway.glasses.end(await gateway.glasses.get(name), os_user(), gateway.now())
            await gateway.glass.read()
            yield visit

    monkeypatch.setattr("app.deciding.telling.in_session", busy)
    events = [{"id": "e1", "type": "result", "call_id": "c1", "result": "done"}]
    body = {"session": "s1", "events": events}
    (told,) = office.gateway.request("POST", "/v1/observe", key, json=body).json()["events"]

    assert told["effect"] == "allow"
    assert "break_glass" not in [one["code"] for one in told["reasons"]]
    assert office.gateway.records()[0].glass == ()


def test_a_gateway_that_starts_anew_heeds_what_is_broken_and_notes_what_was(
    tmp_path: Path,
) -> None:
    """Nobody's restart ends it early, or late: what is over by then is noted at the start."""
    office = Breaking(tmp_path)
    name = office.broken(seconds=600)
    office.gateway.close()
    again = Breaking(tmp_path)
    heeded = again.said()
    shown = pages._broken(again.gateway.gateway)  # on every page of who is signed in
    again.gateway.close()
    last = Breaking(tmp_path)
    last.wait(hours=1)
    usual = last.said()

    last.gateway.run(noted_over(last, name))
    last.gateway.close()

    assert (heeded, usual) == ("allow rule", "ask rule")
    assert "`relief` judges in place of `bank`" in shown[0]


async def noted_over(office: Breaking, name: str) -> None:
    """Wait until some gateway has noted that its time came."""
    async with asyncio.timeout(60):
        while (await office.gateway.gateway.glasses.get(name)).stored != "over":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
