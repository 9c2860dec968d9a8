"""A gateway that each test has to itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.seats.passing import POLICY
from tests.harness import GatewayHarness


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway whose policy allows one payment."""
    harness = GatewayHarness(tmp_path, POLICY)
    yield harness
    harness.close()
