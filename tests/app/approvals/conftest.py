"""A fresh gateway with people in each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.approvals.people import People


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Return a gateway with people, closed when the test ends."""
    made = People(tmp_path)
    yield made
    made.gateway.close()
