"""Servers for the client's tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.kit import KINDS, Kit
from tests.sdk.kit import kit as a_kit
from tests.sdk.real import Real
from tests.sdk.real import gateway as a_gateway
from tests.sdk.scripted import Scripted, serving


@pytest.fixture(params=["tcp", "unix", "tcp-asyncio", "unix-asyncio"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    """Serve a script; each test that takes this runs over TCP and over a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        uds = str(Path(folder, "s")) if "unix" in request.param else None
        with serving(uds=uds) as scripted:
            scripted.kind = "looping" if "asyncio" in request.param else "blocking"
            yield scripted


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRAWBAR_URL", raising=False)
    monkeypatch.delenv("DRAWBAR_KEY", raising=False)


@pytest.fixture(scope="session")
def real() -> Iterator[Real]:
    """Run one real gateway for all tests of a worker; each works in sessions of its own."""
    with tempfile.TemporaryDirectory(prefix="d") as folder, a_gateway(Path(folder)) as gateway:
        yield gateway


@pytest.fixture(params=KINDS)
def kit(request: pytest.FixtureRequest) -> Iterator[Kit]:
    """Run a test once with a blocking client, and once with that of asyncio."""
    with a_kit(request.param) as made:
        yield made
