"""Signing in with a password."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.login.passwords import PasswordError, digested, fits
from memory.people import NewPerson, PersonError
from memory.records.acts import WantedActs, page
from memory.scopes import Scope
from tests.app.approvals.conftest import people
from tests.app.approvals.people import People
from tests.app.ui.browsing import Browser
from tests.stores import sqlite_store

__all__ = ("people",)
WORD = "correct horse battery"


@pytest.fixture
def ada(people: People) -> Browser:
    """Return the browser of somebody who has a password."""
    new = NewPerson("ada.b", frozenset((Scope.APPROVE,)), subject="adab", roles=("treasury",))
    people.gateway.run(people.gateway.gateway.people.add(new, digested(WORD), people.at))
    return Browser(people)


def enter(browser: Browser, name: str = "ada.b", password: str = WORD) -> int:
    return browser.post("/approvals/login", name=name, password=password).status_code


def test_somebody_comes_in_by_name_and_password_and_approves(ada: Browser) -> None:
    """What they do is done in their name; that they came in is an act of a person."""
    assert enter(ada) == 303
    approval = ada.people.asked()
    assert ada.answer(approval, "approve").status_code == 303

    (need,) = ada.people.look(approval).json()["needs"]
    assert (need["status"], need["by"]) == ("approved", "adab")
    database = ada.people.gateway.gateway.database
    found = ada.people.gateway.run(page(database, WantedActs())).found
    assert ("person.signed_in", "person", "adab") in [(one.what, one.by, one.who) for one in found]
    assert WORD not in str(found)
    ada.close()


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(ada: Browser) -> None:
    """Nobody learns who is there; and an address that tries many is locked out."""
    said = {
        ada.post("/approvals/login", name=name, password=password).text
        for name, password in (("ada.b", "wrong wrong wrong"), ("eve", WORD), ("ada.b", ""))
    }
    assert len(said) == 1
    assert [enter(ada, password=f"guess number {n}") for n in range(9)] == [403] * 7 + [429] * 2
    ada.close()


def test_who_is_removed_or_has_another_password_is_out(ada: Browser) -> None:
    """At once, also where they sit already."""
    store = ada.people.gateway.gateway.people
    assert enter(ada) == 303
    assert ada.token()
    run = ada.people.gateway.run
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert run(store.renew("ada.b", digested("another good password"), later))
    assert not ada.token()
    assert (enter(ada), enter(ada, password="another good password")) == (403, 303)
    assert ada.token()
    assert run(store.remove("ada.b", later))
    assert not ada.token()
    assert enter(ada, password="another good password") == 403
    assert not run(store.remove("ada.b", later))
    ada.close()


def test_a_password_is_neither_short_nor_kept(people: People) -> None:
    """What is stored is salted, so that equal passwords look different; the rest is refused."""
    first, second = digested(WORD), digested(WORD)

    assert first != second
    assert WORD not in first
    assert fits(first, WORD)
    assert fits(second, WORD)
    assert not fits(first, WORD + "!")
    assert not fits("", WORD)
    assert not fits("plain$" + WORD, WORD)
    for wrong in ("x" * 11, "x" * 257):
        with pytest.raises(PasswordError):
            digested(wrong)


def test_a_name_is_one_persons_for_good(people: People) -> None:
    """Nobody gets the name of somebody who was removed, and what no key may hold no person may."""
    store, run = people.gateway.gateway.people, people.gateway.run
    new = NewPerson("ada.b", frozenset((Scope.APPROVE,)))
    run(store.add(new, "d", people.at))
    run(store.remove("ada.b", people.at))

    for wrong in (new, NewPerson("a b", frozenset((Scope.APPROVE,)))):
        with pytest.raises(PersonError):
            run(store.add(wrong, "d", people.at))


def test_the_commands_add_list_change_and_remove(tmp_path: Path) -> None:
    """Each says what it did, and none shows a password; a short one adds nobody."""
    sqlite_store(tmp_path / "data")
    where = ["--data", str(tmp_path / "data")]
    runs = [
        ["add", "ada", "--role", "treasury", "--password", "too short"],
        ["add", "ada", "--role", "treasury"],
        ["list"],
        ["password", "ada"],
        ["remove", "ada"],
        ["remove", "ada"],
    ]
    ran = [
        CliRunner().invoke(cli, ["people", *one, *where], input=f"{WORD}\n{WORD}\n") for one in runs
    ]

    assert [one.exit_code for one in ran] == [1, 0, 0, 0, 0, 1]
    assert "roles: treasury" in ran[2].output
    assert "active" in ran[2].output
    assert WORD not in "".join(one.output for one in ran)
