"""All measures run, and the worst of them is how they end."""

import importlib.util
import sys
from collections.abc import Sequence

import pytest

from bench import parts
from bench.parts import PARTS, Part

ALL = [Part(name, name) for name in ("a", "b", "c")]


def _ended(*codes: int) -> tuple[int, list[str]]:
    ran: list[str] = []

    def run(command: Sequence[str]) -> int:
        ran.append(command[2])
        return codes[len(ran) - 1]

    return parts.run_all(ALL, run), ran


@pytest.mark.parametrize(
    ("codes", "ended"),
    [
        ((0, 0, 0), 0),
        ((0, 1, 0), 1),
        ((3, 1, 0), 3),
        ((0, 1, 3), 3),
        ((0, 0, -9), 1),
    ],
)
def test_the_worst_part_is_the_end(codes: tuple[int, ...], ended: int) -> None:
    """A missed goal is told whatever else happened, and what did not run is no success."""
    code, ran = _ended(*codes)

    assert code == ended
    assert ran == ["a", "b", "c"]


def test_each_part_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody takes what did not run for what held."""
    _ended(0, 1, 3)

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["held", "a"],
        ["not", "run", "b"],
        ["GOAL", "MISSED", "c"],
    ]


@pytest.mark.parametrize("part", PARTS, ids=lambda one: one.name)
def test_every_part_is_there(part: Part) -> None:
    """What `python -m bench` would start is a module that can be run."""
    found = importlib.util.find_spec(part.module)

    assert found is not None
    assert not found.submodule_search_locations or importlib.util.find_spec(
        f"{part.module}.__main__"
    )
    assert part.command[:2] == [sys.executable, "-m"]


def test_a_part_that_is_not_there_is_refused() -> None:
    """A misspelled name measures nothing."""
    with pytest.raises(SystemExit, match="2"):
        parts.main(["agentdoyo"])
