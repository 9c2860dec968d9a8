"""The fail-open suite can fail: evaluators with one fault planted, each caught by its probes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dsl import toolspec
from tests.dsl.fail_open import DECIDED, PROBES, probe_of, shown
from tests.dsl.planting import FAULTS, Plant


@pytest.fixture(scope="module")
def caught() -> Mapping[str, frozenset[str]]:
    """Return the probes that fail, by the fault that is planted."""
    return {fault: frozenset(_failing(plant)) for fault, (plant, _) in FAULTS.items()}


def _failing(plant: Plant) -> Iterator[str]:
    toolspec.read.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        yield from (name for name in DECIDED if not _held(name))
    toolspec.read.cache_clear()


def _held(name: str) -> bool:
    wanted: dict[str, Any] = PROBES[name]["expect"]
    try:
        return wanted == shown(probe_of(name).decide(), wanted)
    except Exception:  # noqa: BLE001 - a spoilt evaluator may do anything, but it is no pass
        return False


def test_without_a_fault_every_probe_is_held() -> None:
    """What the other tests see comes of the faults alone."""
    assert list(_failing(lambda patch: None)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str, caught: Mapping[str, frozenset[str]]) -> None:
    """Each probe that is there for a fault fails where it is planted."""
    cases = FAULTS[fault][1].split()
    expected = {name for case in cases for name in DECIDED if _of(name, case)}

    assert all(any(_of(name, case) for name in DECIDED) for case in cases)
    assert expected - caught[fault] == set()


def _of(name: str, case: str) -> bool:
    return name == case or name.startswith(f"{case}-")


def test_every_probe_catches_a_fault(caught: Mapping[str, frozenset[str]]) -> None:
    """No probe is idle: each has failed at least once."""
    assert set(DECIDED) - frozenset().union(*caught.values()) == set()
