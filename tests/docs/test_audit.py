"""The page on proving decisions says what is found in the words in which it is found."""

import re
from pathlib import Path

from memory.records.act import What
from tests.memory.records.test_verify import TAMPERED

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
_NUMBER = re.compile(r"\d+")
FORKED = "another one of this number was anchored: the store was forked"


def test_each_finding_of_the_page_is_found() -> None:
    """What the table promises is what the check says of a store that was tampered with."""
    table = PAGE.partition("| what was done to the store")[2].partition("\n\n")[0]
    promised = re.findall(r"(`+)(.+?)\1 ?[|,]", table)
    said = {word for _, found in TAMPERED.values() for word in found} | {FORKED}
    plain = {_NUMBER.sub("N", one.partition(" (ed")[0]) for one in said}

    assert len(promised) == 12
    assert {_NUMBER.sub("N", words.strip("` ")) for _, words in promised} - plain == set()


def test_each_act_of_the_page_is_one_and_none_is_left_out() -> None:
    """Whoever looks for an act finds its name and how it is done."""
    table = PAGE.partition("| `what` | done with")[2].partition("\n\n")[0]
    named = [name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row[:70])]

    assert {one for one in named if "." in one} == {str(one) for one in What}
