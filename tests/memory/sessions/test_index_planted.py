"""Faults planted in the index are seen by asking what the reference is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from memory.sessions.index import gather, passages, search, whole
from memory.sessions.index.judging import Given, Judging
from memory.sessions.index.labelled import _Leaves
from memory.sessions.index.table import Mode
from tests.memory.sessions.stories import POLICIES, tell
from tests.memory.sessions.test_index import known, plain

Plant = Callable[[pytest.MonkeyPatch], None]


def put(owner: Any, name: str, value: Any) -> Plant:
    return lambda patch: patch.setattr(owner, name, value)


def got(result: Any, tool: str = "get", **args: Any) -> list[tuple[Any, ...]]:
    return [("said", "hello"), ("call", tool, None, args), ("came", 0, result, False)]


FAULTS: dict[str, tuple[Plant, list[tuple[Any, ...]], Any, str | None]] = {
    "a long row of words is not looked for in the words themselves": (
        put(passages.Passages, "holds", lambda *_, **__: True),
        got("the project, project plan"),
        "the project plan",
        None,
    ),
    "a part of a value counts as a value": (
        put(gather._Making, "within", lambda *_, **__: None),
        got("call +49 30 123456 now"),
        "123456",
        "id",
    ),
    "a path is found in another case": (
        put(whole, "_by_case", lambda *_: False),
        got("INV-7"),
        "inv-7",
        "path",
    ),
    "words are found in their own case alone": (
        put(search, "_FOLDED", (Mode.INSIDE,)),
        got("see Baker there"),
        "baker",
        None,
    ),
    "what may be the value is taken for nothing": (
        put(search, "_UNSURE", 0),
        got("see www.x.com there"),
        "x.com",
        None,
    ),
    "an echo counts": (
        put(Given, "echoes", lambda *_: False),
        [*got("INV-7", q="INV-7")],
        "INV-7",
        None,
    ),
    "a value is taken out of an entire leaf": (
        put(Judging, "_ways", lambda self, wanted, source, met, **_: [(0, True)]),
        got({"name": "see INV-7 there"}, "get"),
        "INV-7",
        None,
    ),
    "numbers are no leaves": (put(whole, "_NUMBERS", ()), got(4711), "4711", "number"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_index_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it both agree; with it some policy is told something else."""
    plant, steps, value, kind = FAULTS[name]

    def agree() -> bool:
        reference, indexed = tell(steps)
        return all(
            known(indexed.origins(one, value, kind)) == known(reference.origins(one, value, kind))
            for one in POLICIES
        )

    assert agree()
    plant(monkeypatch)
    assert not agree()


def test_a_labelled_value_that_is_no_candidate_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference says whether a value carries a leaf, but only of the leaves it is given."""
    reference, indexed = tell(got({"body": "C01X00T47"}))
    asking = ("pass C01X00T47", "secret", None)
    assert plain(indexed.labelled(*asking)) is plain(reference.labelled(*asking)) is True

    monkeypatch.setattr(_Leaves, "_candidates", lambda *_: [])

    assert plain(indexed.labelled(*asking)) is False
