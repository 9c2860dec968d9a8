"""Whatever goes wrong at whichever wait of a request: nothing is let through by it, nor lost."""

from collections.abc import Iterator

import pytest

from tests.app.facts.serving import Server
from tests.app.faults.stepping import FAULTS, Fault
from tests.app.faults.stories import STORIES, Bank, Story, tries

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return a gateway on SQLite for all stories."""
    with pytest.MonkeyPatch.context() as patch, Server() as source:
        opened = Bank(tmp_path_factory.mktemp("bank"), patch, source)
        yield opened
        assert opened.flaws() == []
        opened.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.name)
def test_a_fault_at_any_wait_lets_nothing_through(bank: Bank, story: Story, fault: Fault) -> None:
    """What is allowed is recorded and counted, whatever is not did not happen, and all goes on."""
    assert len(list(tries(story, bank, fault, fault.step))) * fault.step > 11
