"""What is masked says nothing of itself, and masking takes nothing with it when it fails."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.evidence.masking import NOTHING_SHOWN, PREFIX, Masking, mask, mask_pointer

KEY, OTHER = b"k" * 32, b"o" * 32
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
SECRET = "canary-7f3a"


def test_nothing_is_shown_by_default() -> None:
    """A value becomes one digest, whatever its shape; not even its size is seen."""
    for value in ("text", 5, None, [1, 2], {"to": "Ada"}):
        masked = mask(value, NOTHING_SHOWN, KEY)
        assert masked.startswith(PREFIX)
        assert len(masked) == len(PREFIX) + 64


def test_a_path_that_is_shown_shows_its_value_alone() -> None:
    """Beside it values are masked, and names too that nobody declared."""
    masking = Masking((("amount",), ("lines", "*", "sku")), frozenset({"to"}))
    args = {"amount": 5, "to": "Ada", "x": 1, "lines": [{"sku": "a", "note": "n"}]}
    seen = mask(args, masking, KEY)

    assert (seen["amount"], seen["lines"][0]["sku"]) == (5, "a")
    assert seen["to"].startswith(PREFIX)
    assert set(seen) - {"amount", "to", "lines"} == {mask("x", NOTHING_SHOWN, KEY)}
    assert [name for name in seen["lines"][0] if name != "sku"] == [
        mask("note", NOTHING_SHOWN, KEY)
    ]


def test_what_a_detector_finds_is_masked_also_where_it_is_shown() -> None:
    """A text, a name or a number in it: each is looked at."""
    masking = Masking(((),), hides=lambda text: "42" in text)
    seen = mask({"a": "x42", "b": "plain", "c42": 1, "d": 420, "e": 7}, masking, KEY)

    assert (seen["b"], seen["e"]) == ("plain", 7)
    assert "42" not in {key for key in seen if not key.startswith(PREFIX)}
    assert all(str(seen[name]).startswith(PREFIX) for name in ("a", "d"))


@given(value=JSON)
def test_equal_values_have_equal_masks_under_one_key_alone(value: Any) -> None:
    """What belongs together can be seen, and nothing without the tenant's key."""
    copy = json.loads(json.dumps(value, default=str)) if not _holds_decimal(value) else value

    assert mask(value, NOTHING_SHOWN, KEY) == mask(copy, NOTHING_SHOWN, KEY)
    assert mask(value, NOTHING_SHOWN, KEY) != mask(value, NOTHING_SHOWN, OTHER)


@given(value=JSON, shown=st.lists(st.lists(st.text(max_size=2), min_size=1).map(tuple), max_size=3))
def test_no_secret_beside_the_shown_paths_is_seen(value: Any, shown: Any) -> None:
    """Wherever a secret stands, as a value or as a name, it is gone unless its path is shown."""
    masked = mask({"deep": [value, {"a": SECRET, SECRET: value}]}, Masking(tuple(shown)), KEY)

    assert SECRET not in json.dumps(masked, default=str)


class Odd:
    """Something that nobody can write down, and that says a secret when it is asked."""

    def __str__(self) -> str:
        raise ValueError(SECRET)

    __repr__ = __str__


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "odd",
    [Odd(), object(), b"\xff", Decimal("NaN"), {1, 2}, LOOP, datetime(2026, 1, 1, tzinfo=UTC), 1.5],
    ids=lambda odd: type(odd).__name__,
)
@pytest.mark.parametrize("masking", [NOTHING_SHOWN, Masking(((),)), Masking((("odd",),))])
def test_what_cannot_be_masked_is_dropped(odd: Any, masking: Masking) -> None:
    """It never fails, says why in one word, and no word of the fault."""
    masked = mask({"odd": odd}, masking, KEY)

    assert "dropped" in json.dumps(masked)
    assert SECRET not in json.dumps(masked)


def test_a_detector_that_fails_drops_the_value() -> None:
    """A value that could not be looked at is not shown."""

    def fails(_text: str) -> bool:
        raise ValueError(SECRET)

    assert mask("text", Masking(((),), hides=fails), KEY) == {"dropped": "ValueError"}


def test_a_pointer_shows_declared_names_alone() -> None:
    """Places of lists and declared names stay; a name that the caller made up does not."""
    masking = Masking(named=frozenset({"items", "a/b"}))

    assert mask_pointer("/items/0/a~1b", masking, KEY) == "/items/0/a~1b"
    assert mask_pointer("", masking, KEY) == ""
    for name in (SECRET, "4111111111111111"):
        masked = mask_pointer(f"/items/{name}", masking, KEY)
        assert masked == "/items/" + mask(name, NOTHING_SHOWN, KEY)


def _holds_decimal(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_decimal, value.values()))
    return isinstance(value, Decimal) or (
        isinstance(value, list) and any(map(_holds_decimal, value))
    )
