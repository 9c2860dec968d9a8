"""Each threat of the page has an answer: a test that exists, or a risk that is accepted."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "security"
PAGE: Final = (FOLDER / "threat-model.md").read_text("utf-8")
WHO: Final = set(re.findall(r"^\| ([a-z ]+) \| [^|]+ \|$", PAGE, re.MULTILINE)) - {"who"}
ROWS: Final = [
    tuple(cell.strip() for cell in line[1:-1].split("|"))
    for line in PAGE.splitlines()
    if re.match(r"\| [A-Z]+-\d+ \|", line)
]


def test_each_threat_is_whole_and_has_a_name_of_its_own() -> None:
    """An id once, a kind of STRIDE, and one of those that the page names at its head."""
    kinds = {"spoofing", "tampering", "repudiation", "disclosure", "denial of service", "elevation"}
    names = [row[0] for row in ROWS]

    assert len(names) == len(set(names)) > 50
    assert {row[1] for row in ROWS} == kinds
    assert {row[2] for row in ROWS} == WHO
    assert [row for row in ROWS if len(row) != 6 or not all(row)] == []


def test_each_threat_has_a_test_that_exists_or_is_accepted_with_a_reason() -> None:
    """A test that is renamed or gone, and a risk without a word on why, are no answers."""
    for name, _, _, _, answer, held in ROWS:
        if held == "accepted":
            assert re.match(r"accepted\b.*[:;,] .{20,}", answer), name
            continue
        tests = re.findall(r"`([\w/]+\.py)::(\w+)`", held)
        assert tests, name
        assert ", ".join(f"`{path}::{test}`" for path, test in tests) == held, name
        for path, test in tests:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{name}: {test}"


def test_the_picture_shows_every_border_of_the_page() -> None:
    """Sound XML with a description, which names each border as its section does."""
    text = (FOLDER / "trust.svg").read_text("utf-8")
    picture = ET.fromstring(text)  # noqa: S314 - a file of this repository
    shown = " ".join("".join(one.itertext()) for one in picture.iter() if one.tag.endswith("}text"))
    borders = re.findall(r"^## (B\d+):", PAGE, re.MULTILINE)

    assert borders == [f"B{number}" for number in range(1, len(borders) + 1)]
    assert [one for one in borders if not re.search(rf"\b{one}\b", shown)] == []
    assert not re.search(r"@import|url\((?!#)|<(?:script|image|foreignObject)\b", text)
