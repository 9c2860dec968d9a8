"""The measure of similar calls looks at what it says, on a small world."""

import asyncio

import pytest

from bench import similar
from memory.similar.hashed import Hashed
from memory.similar.text import parts


def test_the_measure_finds_each_call_and_takes_all_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is compared is there, nearest to itself, and is read out of a store to the last."""
    monkeypatch.setattr(similar, "CALLS", 10)
    cases = similar.drawn(60)
    index = similar.filled(cases)

    assert cases == similar.drawn(60)
    near = index.nearest(Hashed().vectors([parts(cases[7])])[0], 1)[0]
    assert (near.decision, len(index)) == (cases[7].decision_id, 60)
    assert 0.5 < similar._among(cases) <= 1
    asyncio.run(similar._from_a_store(cases))
    assert "60 calls are taken in in" in capsys.readouterr().out
