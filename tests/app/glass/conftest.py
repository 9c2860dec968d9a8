"""Glass that two people may break, in the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.glass.breaking import Breaking


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Breaking]:
    found = Breaking(tmp_path)
    yield found
    found.gateway.close()
