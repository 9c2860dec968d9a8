"""A server of facts, and a gateway that looks there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.facts.asking import Gateway
from tests.app.facts.serving import Server, table


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.answers.update(table({"a": 10}))
        yield running


@pytest.fixture
def gateway(tmp_path: Path, server: Server) -> Iterator[Gateway]:
    opened = Gateway(tmp_path, server)
    yield opened
    opened.close()
