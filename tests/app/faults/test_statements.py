"""Whichever statement of a request fails, or whichever commit: nothing is let through by it."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.app.facts.serving import Server
from tests.app.faults.stepping import FAULTS, IN_STORE, Fault
from tests.app.faults.stories import STORIES, Bank, Story, tries
from tests.memory.conftest import new_database

pytestmark = pytest.mark.heavy

FEW = [one for one in STORIES if one.name in {"first", "approved", "shown"}]
STEP: Final = 4  # there every fourth wait, as each try makes new connections
ENDS = [one for one in FAULTS if one.name in {"gone", "hanging"}]
CUT: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname LIKE 't%' AND pid <> pg_backend_pid();"
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return a gateway on SQLite for all stories."""
    with pytest.MonkeyPatch.context() as patch, Server() as source:
        opened = Bank(tmp_path_factory.mktemp("bank"), patch, source)
        yield opened
        assert opened.flaws() == []
        opened.close()


@pytest.fixture(scope="module")
def in_postgres(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return a gateway on PostgreSQL for some stories."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("bank")
        opened = Bank(folder, patch, database_url=new_database(postgres))
        yield opened
        assert opened.flaws() == []
        opened.close()


@pytest.mark.parametrize("fault", IN_STORE, ids=lambda one: one.name)
@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.name)
def test_what_fails_in_the_store_lets_nothing_through(
    bank: Bank, story: Story, fault: Fault
) -> None:
    """Also where the commit was done, and nobody was told so."""
    assert list(tries(story, bank, fault))


@pytest.mark.parametrize("story", FEW, ids=lambda one: one.name)
def test_a_postgresql_that_goes_away_lets_nothing_through(
    in_postgres: Bank, postgres: Any, story: Story
) -> None:
    """It ends every connection while a request waits, and takes new ones at once."""
    cut = Fault("cut_off", act=lambda: postgres.psql(CUT))
    assert list(tries(story, in_postgres, cut, STEP))


@pytest.mark.parametrize("fault", [*IN_STORE, *ENDS], ids=lambda one: one.name)
@pytest.mark.parametrize("story", FEW, ids=lambda one: one.name)
def test_the_same_holds_on_postgresql(in_postgres: Bank, story: Story, fault: Fault) -> None:
    """There what happened in a session is stored after its record, in a transaction of its own."""
    assert list(tries(story, in_postgres, fault, 1 if fault.in_store else STEP))
