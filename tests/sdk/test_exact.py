"""JSON is written and read without losing a digit, or not at all."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from drawbar import exact
from drawbar.fault import Fault
from tests.sdk.test_answers import values


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


@given(values)
def test_what_is_written_is_what_was_given(value: Any) -> None:
    """Every JSON value arrives unchanged, and no Decimal passes through a float."""
    written = exact.write({"args": value})

    assert json.loads(written, parse_float=Decimal) == {"args": _exact(value)}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+5"), "1E+5"),
        (0.1, "0.1"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_numbers_keep_every_digit(number: Decimal | float, expected: str) -> None:
    """A Decimal is written with its own digits, not with those of the nearest float."""
    assert exact.write({"amount": number}) == f'{{"amount":{expected}}}'.encode()


def _ring() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (float("nan"), "JSON cannot hold the number nan at `/a`"),
        (float("-inf"), "JSON cannot hold the number -inf at `/a`"),
        (Decimal("sNaN"), "JSON cannot hold the number sNaN at `/a`"),
        (Decimal("Infinity"), "JSON cannot hold the number Infinity at `/a`"),
        ({1, 2}, "JSON cannot hold the set at `/a`"),
        (b"x", "JSON cannot hold the bytes at `/a`"),
        (object(), "JSON cannot hold the object at `/a`"),
        ([{"b": b"x"}], "JSON cannot hold the bytes at `/a/0/b`"),
        ({1: "x", "1": "y"}, "a key that is not a text in `/a`"),
        ({"x\n\x1b[2J": b""}, "JSON cannot hold the bytes at `/a/x \N{REPLACEMENT CHARACTER}[2J`"),
        ("\ud800", "a text in the call is not valid Unicode"),
        ([10**5000], "too many digits in the number at `/a/0`"),
        (_ring(), "the call is nested too deep or holds itself"),
        ("x" * 2**20, "the call is larger than 1 MiB"),
    ],
)
def test_what_is_not_json_is_an_invalid_call(value: Any, what: str) -> None:
    """A value without an exact JSON form is refused by its place, never made to fit."""
    with pytest.raises(Fault) as caught:
        exact.write({"a": value})

    assert (caught.value.reason, caught.value.what) == ("invalid_call", what)
    assert exact.write({"a": "x"}) == b'{"a":"x"}'
