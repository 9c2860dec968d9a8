"""What holds for every kind of value."""

import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsl.canonical
from dsl.canonical.registry import KINDS
from tests.drawn import some
from tests.dsl import drawing

PIECES: Final = (
    *"abXZ0159.,:;/@%+-_'()[]$\\~#?&=| \t\n\x00",
    *("http://", "https://a.de/", "a@", "@b.de", "xn--", "..", "%2e", "%C3", "EUR", "€", "2026-"),
    *("13/", " May ", "pm", "DE89", "+49", "'s", "\u2019s", "1,234", "e5", "0x7f"),
    *("\u0301", "\u0345", "\u200b", "\u202e", "\u3002", "\uff0e", "\uff20", "\ud800", "\U0001f4a5"),
    *("ß", "ς", "İ", "\u212a", "\u017f", "\u0149", "\u00b4", "\uff11", "\ufdfa", "\u00e9"),
)
texts = st.text() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
kinds = pytest.mark.parametrize("kind", KINDS)

LONG: Final = 20_000
HOSTILE: Final = (
    *("a" * LONG, "1" * LONG, "1,234" * 4000, "'s" * LONG + "x", " " * LONG + "x", "+" * LONG),
    *("/." * LONG, "..//" * 5000, "%41" * 7000, "http://" + "a." * LONG, "http://" + "@" * LONG),
    *("http://a/" + "%41" * 7000, "http://[" + ":" * LONG + "]", "a." * LONG + "@b", "jan " * LONG),
    *("a\u0301\u0316" * 7000, "a" + "\u0301\u0316" * LONG, "a" + "\u0f73\u0316" * LONG),
    *(
        "\ufdfa" * 6000,
        "\u200b" * LONG,
        "\ud800" * LONG,
        "\U0001f4a5" * LONG,
        "/" + "\ufdfa" * 6000,
    ),
    *("xn--" + "9" * 59, ".".join(["\u00e9" * 50] * 4), "1" + " " * 97 + "$", "+49" + "(" * 37),
)


def test_the_registry_equals_the_folder() -> None:
    """Every file is a kind, and every kind has its file."""
    files = {module.name for module in pkgutil.iter_modules(dsl.canonical.__path__)}

    assert set(KINDS) == files - {"registry"}
    assert all(form.__module__ == f"dsl.canonical.{kind}" for kind, form in KINDS.items())


def test_heavy_libraries_are_loaded_when_needed() -> None:
    """Whoever only reads a policy does not pay for telephone numbers and accounts."""
    program = (
        "import sys, dsl.canonical.registry;"
        "print({'idna', 'phonenumbers', 'stdnum'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert run.stdout == "set()\n"


@kinds
def test_a_canonical_form_is_its_own(kind: str) -> None:
    """The form of a form is the form, for every text; and a form is never empty."""
    form = KINDS[kind]

    @drawing.law(some(400))
    @given(text=texts)
    def holds(text: str) -> None:
        found = form(text)
        assert found is None or (found and form(found) == found)

    holds()


@kinds
def test_no_value_is_too_odd(kind: str) -> None:
    """Any JSON value gets a form or none, and nothing is raised."""
    form = KINDS[kind]

    @drawing.law(some(200))
    @given(value=drawing.json_values)
    def holds(value: object) -> None:
        found = form(value)
        assert found is None or form(found) == found

    holds()


@kinds
@pytest.mark.parametrize("value", [None, True, False, [], {}, ["a"], {"a": 1}, b"a", 1.5])
def test_other_values_have_no_form(kind: str, value: object) -> None:
    """Neither truth values, lists and objects nor inexact numbers are read as any kind."""
    assert KINDS[kind](value) is None


@kinds
@pytest.mark.parametrize("value", ["", " ", "\u200b", "\ud800", "a\ud800\n"])
def test_nothing_is_no_value(kind: str, value: str) -> None:
    """What shows nothing never equals anything; only a file may be called so."""
    expected = value if kind == "path" and value in {" ", "\u200b"} else None

    assert KINDS[kind](value) == expected


@kinds
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_take_no_time(kind: str, text: str) -> None:
    """Twenty thousand characters take milliseconds; the bound is wide for slow machines."""
    assert seconds(KINDS[kind], text) < 0.25


def seconds(form: Callable[[object], object], text: str) -> float:
    """Return the shorter of two runs, as the first may have to load a library."""
    runs = []
    for _ in range(2):
        start = time.thread_time()
        form(text)
        runs.append(time.thread_time() - start)
    return min(runs)
