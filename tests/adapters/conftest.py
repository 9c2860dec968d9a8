"""One gateway for all tests of a worker; each test has a session of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.adapters.bank import POLICIES, Bank
from tests.e2e.gateway_process import GatewayProcess


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Start a gateway."""
    folder: Path = tmp_path_factory.mktemp("bank")
    with GatewayProcess(folder, "--port", "0", policies=POLICIES) as process, Bank(process) as held:
        yield held


@pytest.fixture
def thread() -> str:
    """Return a name that no other test uses."""
    return f"t_{uuid4().hex}"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("DRAWBAR_"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> str:
    """Run a test from a thread, and from a loop."""
    return str(request.param)
