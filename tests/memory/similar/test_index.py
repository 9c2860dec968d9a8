"""The nearest of many vectors: the same as looking at each, in no more room than there is."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from memory.similar.hashed import NARROW, Numbers
from memory.similar.index import Index, Row
from tests.memory.records.test_log import NOW

YEAR = timedelta(days=365)


def drawn(many: int) -> Numbers:
    found = np.random.default_rng(7).standard_normal((many, NARROW)).astype(np.float32)
    vectors: Numbers = found / np.linalg.norm(found, axis=1, keepdims=True)
    return vectors


def rows(first: int, end: int, alike: int | None = None) -> list[Row]:
    return [
        Row(f"d_{number}", NOW + timedelta(minutes=number), NOW + YEAR, alike or number)
        for number in range(first, end)
    ]


def names(index: Index, query: Numbers, many: int, but: tuple[str, ...] = ()) -> list[str]:
    return [one.decision for one in index.nearest(query, many, but)]


def test_the_nearest_are_those_that_looking_at_each_finds() -> None:
    """In their order, and others in place of those that are left out."""
    vectors, index = drawn(3_000), Index()
    for at in range(0, 3_000, 70):
        index.add(rows(at, min(at + 70, 3_000)), vectors[at : at + 70])
    query = vectors[5]
    order = [f"d_{at}" for at in np.argsort(-(vectors.astype(float) @ query.astype(float)))]

    assert len(index) == 3_000
    assert names(index, query, 20) == order[:20]
    assert names(index, query, 20, ("d_5", order[3])) == [
        one for one in order[:22] if one not in ("d_5", order[3])
    ]
    assert index.nearest(query, 1)[0].score == pytest.approx(1)
    assert Index().nearest(query, 3) == []


def test_calls_with_the_same_arguments_are_one_and_are_counted() -> None:
    """However many they are they take no other's place; the newest of them stands for all."""
    vectors, index = drawn(40), Index()
    index.add(rows(0, 40), vectors)
    index.add(rows(100, 1_100, alike=7), np.repeat(vectors[7:8], 1_000, axis=0))
    first, *others = index.nearest(vectors[7], 5)

    assert (first.decision, first.times, len(others)) == ("d_1099", 1_001, 4)
    assert first.at == (NOW + timedelta(minutes=1_099)).timestamp() * 1e6
    assert {one.times for one in others} == {1}
    assert index.nearest(vectors[7], 5, ("d_1099",))[0].decision == "d_1098"
    assert len(index.named(7)) == 1_001
    assert index.named(12_345) == []


def test_where_there_is_no_room_the_oldest_go() -> None:
    """It never takes more than it may, whatever order calls come in."""
    vectors, index = drawn(1_500), Index(most=1_000)
    index.add(rows(500, 1_000), vectors[500:1_000])
    index.add(rows(0, 500), vectors[:500])
    full = index.size
    index.add(rows(1_000, 1_010), vectors[1_000:1_010])

    assert len(index) == 960
    assert index.size <= full + 100 * NARROW
    assert names(index, vectors[49], 1) != ["d_49"]
    assert names(index, vectors[50], 1) == ["d_50"]
    assert names(index, vectors[1_009], 1) == ["d_1009"]


def test_what_is_past_its_days_is_gone_from_memory() -> None:
    """No byte of its vector stays behind, and the others are found as before."""
    vectors, index = drawn(4), Index()
    short = [Row(f"d_{at}", NOW, NOW + timedelta(days=at + 1), at) for at in range(4)]
    index.add(short, vectors)
    index.drop(NOW + timedelta(days=2))

    assert len(index) == 2
    assert names(index, vectors[2], 4) == ["d_2", *names(index, vectors[2], 4)[1:]]
    assert "d_0" not in names(index, vectors[0], 4)
    assert not index._held["vector"][2:].any()
    assert not any(index._held["id"][2:])


def test_what_a_broken_off_look_sorts_is_not_taken_for_what_came_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls that come in while a thread still sorts are found by whoever looks next."""
    vectors, index, sort = drawn(20), Index(), np.argsort
    index.add(rows(0, 10), vectors[:10])

    def meanwhile(*given: Any, **more: Any) -> Any:
        found = sort(*given, **more)
        index.add(rows(10, 20), vectors[10:])
        return found

    with monkeypatch.context() as patch:
        patch.setattr(np, "argsort", meanwhile)
        index.named(3)

    assert index.named(15) == ["d_15"]
