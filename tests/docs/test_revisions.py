"""The page on proving decisions says of revisions what the checks of them say."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text("utf-8")
CHECKED = (ROOT / "tests" / "memory" / "revisions" / "test_verify.py").read_text("utf-8")


def test_each_finding_of_the_page_is_one_that_a_test_brings_about() -> None:
    """What the table promises stands in a test that tampers with a store."""
    table = PAGE.partition("| what was done to a kept revision")[2].partition("\n\n")[0]
    promised = [
        words
        for row in table.splitlines()[2:]
        for words in re.findall(r"`(.+?)`", row.split("|")[2])
    ]

    assert len(promised) == 6
    assert [words for words in promised if words not in CHECKED] == []
