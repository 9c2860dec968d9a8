"""The kinds of sources: each that the settings know can be made, and nothing else is loaded."""

import subprocess
import sys

import pytest

from app.facts import registry
from app.facts.settings import KINDS, FactSettings

TABLES = {
    "http": {"url": "https://h/{id}"},
    "table": {"file": "t.csv", "key": "id"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_can_be_made(kind: str) -> None:
    """It names its arguments before it is opened, so that policies can be held against it."""
    made: FactSettings = KINDS[kind].model_validate({"kind": kind, **TABLES[kind]})

    assert registry.make("get", made).takes == {"id"}


def test_the_client_is_loaded_only_where_a_source_needs_it() -> None:
    """A gateway without HTTP sources starts without httpx."""
    program = (
        "import sys; from app import wiring; from app.settings import Settings\n"
        "wiring.Gateway(Settings()); print('httpx' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (run.stdout, run.stderr) == ("False\n", "")
