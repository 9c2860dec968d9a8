"""Vectors of calls: the same bytes everywhere, and nearer where more of the text is the same."""

import hashlib
from typing import Any

import numpy as np
import pytest

from memory.induction.case import Case, Withheld
from memory.similar.hashed import NARROW, WIDE, Hashed
from memory.similar.text import MOST_BYTES, MOST_OF_ALL, MOST_PARTS, SHOWN, alike, parts, shown
from tests.memory.induction import world

LUNCH = {"to": "ana@corp.example", "amount": 5, "note": "lunch on friday with the team"}
DINNER = {"to": "ben@corp.example", "amount": 5, "note": "dinner on friday with the team"}
FRAUD = {"to": "x@evil.example", "amount": 9_000, "note": "urgent wire of the whole deposit"}


def case(args: dict[str, Any], **more: Any) -> Case:
    return world.case(1, args, **more)


def near(one: dict[str, Any], other: dict[str, Any], width: int = WIDE) -> float:
    first, second = Hashed(width).vectors([parts(case(one)), parts(case(other))]).astype(float)
    return float(first @ second)


def test_a_call_is_the_same_bytes_on_every_machine() -> None:
    """These digests were written down once; words, signs, other scripts and nothing at all."""
    calls: list[dict[str, Any]] = [
        LUNCH,
        {"note": "Größe ❤ \U0001f600", "cc": ["a@b.c", "d@e.f"]},
        {"note": ""},
        {},
    ]
    found = [
        Hashed(width).vectors([parts(case(one)) for one in calls]).astype("<f4").tobytes()
        for width in (NARROW, WIDE)
    ]

    assert [hashlib.sha256(one).hexdigest()[:16] for one in found] == GOLDEN


GOLDEN = ["b9dc678bfb376bdb", "8e9e6c2a7cd8da23"]


def test_a_call_is_the_same_vector_whatever_is_made_beside_it() -> None:
    """Alone, among others, and at every place of many: bit by bit, and of length 1."""
    calls = [parts(case({"note": f"word{number}" * number})) for number in range(70)]
    whole = Hashed().vectors(calls)

    for at in (0, 1, 31, 32, 69):
        assert Hashed().vectors([calls[at]])[0].tobytes() == whole[at].tobytes()
    assert np.allclose((whole.astype(float) ** 2).sum(axis=1), 1)
    assert Hashed().vectors([]).shape == (0, NARROW)
    with pytest.raises(ValueError, match="power of two"):
        Hashed(100)


def test_what_is_the_same_in_more_places_is_nearer() -> None:
    """The words of a text count, and so does where they stand; large letters are small ones."""
    assert near(LUNCH, LUNCH) == pytest.approx(1)
    assert near(LUNCH, DINNER) > near(LUNCH, FRAUD) + 0.2
    assert near({"note": "LUNCH"}, {"note": "lunch"}) == pytest.approx(1)
    assert near({"to": "a@b.c"}, {"to": "a@b.c"}) > near({"to": "a@b.c"}, {"cc": ["a@b.c"]}) + 0.05
    long = {**LUNCH, "note": "lunch on friday with the team " * 30}
    assert near(LUNCH, long) > 0.8


def test_calls_with_the_same_arguments_have_one_number() -> None:
    """Of one tool, beyond what is compared too, and whatever was withheld."""
    end = {"note": "a" * 10_000}
    numbers = [
        alike(case(LUNCH)),
        alike(case(LUNCH, tool="read")),
        alike(case(end)),
        alike(case({"note": "a" * 10_000 + "b"})),
        alike(case({"note": Withheld(untrusted=True)})),
        alike(case({"note": "(not kept)"})),
    ]

    assert len(set(numbers)) == len(numbers)
    assert alike(case(dict(reversed(LUNCH.items())))) == numbers[0]
    assert parts(case(end)) == parts(case({"note": "a" * 10_000 + "b"}))


HOSTILE = [
    {"note": "x" * 1_000_000},
    {"note": "\ud800 half \udfff"},
    {"note": "\x00\x1b[2J\u202e"},
    {"\ud800": "name"},
    {"cc": [f"a{number}@b.c" for number in range(10_000)]},
    {"meta": {"a": []}},
    {"meta": {}},
]


def _deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {"end": "x"}
    for _ in range(levels):
        found = {"in": found}
    return found


@pytest.mark.parametrize("args", [*HOSTILE, _deep(60)], ids=lambda one: repr(one)[:20])
def test_no_text_is_too_much(args: dict[str, Any]) -> None:
    """Huge, halves of letters, NUL, deep: a vector of length 1 of what is compared, and a text."""
    one = case(args)
    found = parts(one)
    text = shown(one)

    assert len(found) <= MOST_PARTS
    assert sum(len(part.text) for part in found) <= MOST_OF_ALL
    assert all(len(part.text) <= MOST_BYTES and len(part.place) <= MOST_BYTES for part in found)
    assert (Hashed().vectors([found]).astype(float) ** 2).sum() == pytest.approx(1)
    assert len(text) <= SHOWN + 4
    assert text.encode()
    assert isinstance(alike(one), int)


def test_a_call_is_shown_as_people_write_it() -> None:
    """With its places; what was withheld has no quotes, so it is told from a text that says so."""
    args = {"to": "a@b.c", "cc": ["d@e.f", "g"], "meta": {"region": "eu"}, "force": None}
    withheld = {"note": Withheld(nowhere=True), "path": "(not kept)"}

    assert shown(case({**args, **withheld})) == (
        'send cc[0]="d@e.f" cc[1]="g" force=null meta.region="eu" '
        'note=(not kept) path="(not kept)" to="a@b.c"'
    )
