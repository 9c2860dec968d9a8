"""Values are found again in running text: a corpus of what is found, is not, and is weak."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dsl import kinds
from dsl.session.asked import asked
from dsl.session.matching import meets
from dsl.session.nouns import nouns
from dsl.session.reading import read
from dsl.state import Argument
from dsl.types import Unknown, Unreadable

CORPUS = Path(__file__).parents[2] / "corpus" / "origin"
CASES = [
    pytest.param(case, id=f"{file.stem}-{number}")
    for file in sorted(CORPUS.glob("*.json"))
    for number, case in enumerate(json.loads(file.read_text(), parse_float=Decimal)["cases"])
]


def answer(text: Any, value: Any, kind: str | None = None, argument: str | None = None) -> Any:
    """Return true, false or `weak`; `unreadable` if the value is none of its kind."""
    wanted = asked(value, kind)
    if wanted is None:
        return "unreadable"
    tool, _, name = (argument or "").partition(".")
    at = Argument(None, tool, (name,)) if argument else None
    found = meets(wanted, text, nouns=nouns(at))
    return "weak" if isinstance(found, Unknown) else found


@pytest.mark.parametrize("case", CASES)
def test_a_value_is_found_where_it_is_mentioned_and_nowhere_else(case: dict[str, Any]) -> None:
    """Each kind of value has notations; a mention is a whole word, and of that kind."""
    given = (case["text"], case["value"], case.get("kind"), case.get("argument"))

    assert case["expected"] == answer(*given)


def test_every_kind_has_a_corpus() -> None:
    """A new kind needs cases of its own; money stands among the numbers."""
    assert {file.stem for file in CORPUS.glob("*.json")} >= set(kinds.NAMES) - {"money"}
    found = {str(case.values[0]["expected"]) for case in CASES}  # type: ignore[index]
    assert found == {"True", "False", "weak", "unreadable"}


@pytest.mark.parametrize("value", ["50", "50.0", "50.00", 50, Decimal("50.0"), "$50", "50 EUR"])
def test_a_number_is_one_as_text_and_as_number(value: Any) -> None:
    """How JSON carries it makes no difference, where the entire leaf is the value."""
    for leaf in (50, Decimal("50.00"), "50"):
        assert answer(leaf, value) is True or (value in ("50.0", "50.00") and leaf == "50")


def test_nothing_is_known_of_what_nobody_can_read() -> None:
    """An image may show the value, and so may a text that stacks marks beyond measure."""
    assert answer(Unreadable("image"), "INV-7") == "weak"
    assert answer("e" + "\u0301\u0300" * 80, "INV-7") == "weak"


@pytest.mark.parametrize(
    "text",
    [
        "a@" * 60_000,
        "a." * 60_000,
        "https://" * 15_000,
        "1,234" * 25_000,
        "1 234 " * 20_000,
        "ab12 " * 25_000,
        "+49 " * 30_000,
        "5 May " * 20_000,
        "(" * 120_000,
        "'s" * 60_000,
        "x" * 120_000,
        "../" * 40_000,
        "a-b_c/" * 20_000,
        "\\n" * 60_000,
    ],
    ids=lambda text: text[:8],
)
def test_reading_takes_linear_time(text: str) -> None:
    """No text is made so that reading it takes long: twice as much takes about twice as long."""
    began = time.process_time()
    read(text + " ")
    assert time.process_time() - began < 3
