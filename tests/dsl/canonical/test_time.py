"""Times of day, on either clock."""

import pytest

from dsl.canonical.time import canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("21:05", "21:05:00"),
        ("21:05:00", "21:05:00"),
        ("21:05:00.000", "21:05:00"),
        ("21:05:00.50", "21:05:00.5"),
        ("9:05 pm", "21:05:00"),
        ("9:05 P.M.", "21:05:00"),
        ("9:05:07pm", "21:05:07"),
        ("9 pm", "21:00:00"),
        ("09:05", "09:05:00"),
        ("9:05", "09:05:00"),
        ("9:05 am", "09:05:00"),
        ("12 am", "00:00:00"),
        ("12:30 am", "00:30:00"),
        ("12:30 pm", "12:30:00"),
        ("00:00", "00:00:00"),
        (" 23:59 ", "23:59:00"),
        ("21:05Z", "21:05:00Z"),
        ("23:05+02:00", "21:05:00Z"),
        ("16:05:00-05:00", "21:05:00Z"),
        ("01:00+02:00", "23:00:00Z"),
    ],
)
def test_one_time_has_one_form(text: str, form: str) -> None:
    """Seconds are always written, the clock has 24 hours, an offset becomes UTC."""
    assert canonical(text) == form


@pytest.mark.parametrize(
    "text",
    [
        *("24:00", "12:60", "21:05:60", "13 pm", "0:30 am", "21:05 pm", "9", "9:5", "905", "21.05"),
        *("noon", "9 o'clock", "9:05 xm", "9:05 pm tomorrow", "21:05+25:00", "21:05 CET", ""),
        *("\u0662\u0661:05", "21\uff1a05", "-9:05", "21:05\x00", "1" * 100),
    ],
)
def test_no_time(text: str) -> None:
    """What is no time on either clock has no form."""
    assert canonical(text) is None
