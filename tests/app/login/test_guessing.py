"""Passwords that are guessed: each counts, however the guess is sent or given up."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.limits.settings import LimitSettings
from app.login import passwords
from app.login.passwords import AT_ONCE, Passwords, digested, fits
from memory.people import NewPerson
from memory.scopes import Scope
from tests.app.approvals.people import People
from tests.app.ui.browsing import SAME, Browser

WORD = "correct horse battery"


def house(folder: Path, **settings: Any) -> Browser:
    """Return a browser at a gateway that locks out after three wrong passwords."""
    limits = LimitSettings(failures=3, lockout_max_s=900)
    people = People(folder, limits=limits, **settings)
    people.gateway.gateway.limits._lockout._clock = lambda: 1_000.0
    new = NewPerson("ada", frozenset((Scope.APPROVE,)))
    people.gateway.run(people.gateway.gateway.people.add(new, digested(WORD), people.at))
    return Browser(people)


def enter(browser: Browser, password: str) -> int:
    return browser.post("/approvals/login", name="ada", password=password).status_code


def close(browser: Browser) -> None:
    browser.close()
    browser.people.gateway.close()


def test_comparing_takes_longer_than_the_store_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow machine lets the right one in, and counts wrong ones all the same."""

    def slow(stored: str, password: str) -> bool:
        time.sleep(1.2)
        return fits(stored, password)

    monkeypatch.setattr(passwords, "fits", slow)
    ada = house(tmp_path, deadline_ms=1_000)

    assert enter(ada, WORD) == 303
    assert [enter(ada, f"guess number {n}") for n in range(4)] == [403] * 3 + [429]
    close(ada)


def test_guesses_sent_at_once_are_no_more_than_those_sent_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an address is locked out is looked at again when it is a guess's turn."""
    compared: list[str] = []

    def counted(stored: str, password: str) -> bool:
        compared.append(password)
        return fits(stored, password)

    monkeypatch.setattr(passwords, "fits", counted)
    ada = house(tmp_path)

    async def all_at_once() -> list[httpx.Response]:
        guesses = [{"name": "ada", "password": f"guess number {n}"} for n in range(30)]
        sent = (ada.client.post("/approvals/login", data=one, headers=SAME) for one in guesses)
        return await asyncio.gather(*sent)

    # Two are compared at once, so one may be under way while the third one fails.
    found = Counter(one.status_code for one in ada.people.gateway.run(all_at_once()))

    assert 3 <= len(compared) <= 2 + AT_ONCE
    assert found == {403: len(compared), 429: 30 - len(compared)}
    close(ada)


class Gate:
    """Comparing that takes until the gate is open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.inside = 0
        self.failed = 0
        monkeypatch.setattr(passwords, "fits", self._fits)

    def _fits(self, _stored: str, _password: str) -> bool:
        self.inside += 1
        self.open.wait(60)
        return False

    def count(self) -> None:
        self.failed += 1


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


def test_a_guess_that_is_given_up_counts_and_keeps_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its thread goes on, so nobody else's may begin; once it is done it is a failure."""
    gate, held = Gate(monkeypatch), Passwords()

    async def work() -> None:
        tries = [
            asyncio.create_task(held.fit("x", "guess", lambda: None, gate.count))
            for _ in range(AT_ONCE + 1)
        ]
        await until(lambda: gate.inside == AT_ONCE)
        for one in tries[:AT_ONCE]:
            one.cancel()
        await asyncio.wait(tries[:AT_ONCE], timeout=60)
        await asyncio.sleep(0.2)
        assert (gate.inside, gate.failed) == (AT_ONCE, 0)
        gate.open.set()
        assert await tries[AT_ONCE] is False
        await until(lambda: gate.failed == AT_ONCE + 1)

    asyncio.run(work())


def test_nobody_waits_for_a_turn_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many sign in at once, later ones are told to come back, and none is kept."""
    gate, ada = Gate(monkeypatch), house(tmp_path)
    monkeypatch.setattr(passwords, "WAITS_S", 0.2)

    async def work() -> list[int]:
        fields = {"name": "ada", "password": WORD}
        sent = [
            asyncio.create_task(ada.client.post("/approvals/login", data=fields, headers=SAME))
            for _ in range(AT_ONCE + 2)
        ]
        done: set[asyncio.Task[httpx.Response]] = set()
        async with asyncio.timeout(60):
            while len(done) < 2:
                await asyncio.sleep(0.01)
                done = {one for one in sent if one.done()}
        gate.open.set()
        return sorted([(await one).status_code for one in sent])

    assert ada.people.gateway.run(work()) == [403] * AT_ONCE + [503] * 2
    close(ada)


@pytest.mark.parametrize("stored", ["scrypt$a$x", "scrypt$\u00e9\u00e9$x", "scrypt$$\u00e9"])
def test_a_digest_that_cannot_be_read_fits_nothing(stored: str) -> None:
    """A broken row is a wrong password, and no fault."""
    assert not fits(stored, WORD)
