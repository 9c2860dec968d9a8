"""The gateways and seats of these tests, made once."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from memory.database import PRAGMAS
from tests.parity.every import SEATS
from tests.parity.policies import BANK, TRIAL
from tests.parity.world import World, world


class Seats:
    """The seats before one world, each made when it is first needed."""

    def __init__(self, before: World) -> None:
        self.world = before
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = SEATS[name](self.world)
        return self._made[name]

    def close(self) -> None:
        for one in self._made.values():
            if hasattr(one, "close"):
                one.close()


@pytest.fixture(scope="module")
def seats() -> Iterator[Seats]:
    """Return the seats before the gateways with the policies of the corpus."""
    policies = {"bank": BANK, "trial": TRIAL}
    with seated(policies) as found:
        yield found


@contextmanager
def seated(policies: Mapping[str, str], **settings: Any) -> Iterator[Seats]:
    """Open a world and its seats; nobody cuts the power, so no store waits for the disk."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="d") as folder,
    ):
        quick = tuple(one.replace("=FULL", "=OFF") for one in PRAGMAS)
        patch.setattr("memory.database.PRAGMAS", quick)
        with world(Path(folder), policies, **settings) as made:
            found = Seats(made)
            yield found
            found.close()
