"""A bank behind a gate, for tests of the MCP gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.edges.mcp.scripted import POLICY, Bank, Seated
from tests.harness import GatewayHarness


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def seated(tmp_path: Path, bank: Bank) -> Iterator[Seated]:
    harness = GatewayHarness(tmp_path, POLICY)
    yield Seated(harness, bank=bank)
    harness.close()
