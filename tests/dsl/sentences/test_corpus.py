"""Sentences written by hand: wrong declarations are caught, and few right ones are not read."""

from typing import Final

import pytest

from dsl.errors import Source
from dsl.parse import parse
from dsl.sentences.kinds import KINDS
from dsl.sentences.meaning import NotMeant
from dsl.sentences.slots import Meant
from dsl.show.expressions import show_expression
from tests.dsl.sentences.corpus import FILES, WORLD, Declared, lines, read

WRONG: Final = [line.wrong for name in FILES for line in lines(name)]
RIGHT: Final = [line.right for name in FILES for line in lines(name) if line.right]
# Right sentences that code does not read. Fewer is better; more is a step back.
FALSE_ALARMS: Final = {"build.txt": 0, "held.txt": 6, "fresh.txt": 2, "sought.txt": 1}


def test_the_corpus_is_as_large_as_it_is_told() -> None:
    """At least 200 wrong declarations, and every kind is declared rightly and wrongly."""
    assert len(WRONG) >= 200
    assert {one.kind for one in WRONG} == {one.kind for one in RIGHT} == set(KINDS)


@pytest.mark.parametrize("name", FILES)
def test_every_wrong_declaration_is_caught(name: str) -> None:
    """A wrong kind, polarity or slot means no rule: what it would mean is never decided by."""
    uncaught = [
        (line.wrong, found) for line in lines(name) if isinstance(found := read(line.wrong), Meant)
    ]
    assert uncaught == []


@pytest.mark.parametrize("name", FILES)
def test_right_declarations_mean_what_was_written_beside_them(name: str) -> None:
    """A sentence that is read is read as its writer meant it; the rest is counted."""
    right = [line.right for line in lines(name) if line.right]
    found = [(one, read(one)) for one in right]
    other = [(one, shown) for one, shown in found if not _holds(one, shown)]
    assert other == []
    assert sum(isinstance(one, NotMeant) for _, one in found) <= FALSE_ALARMS[name]


def _holds(one: Declared, found: Meant | NotMeant) -> bool:
    if isinstance(found, NotMeant):
        return True
    shown = show_expression(found.condition)
    return all(part in shown for part in one.holds)


def test_a_meant_rule_can_be_written_down() -> None:
    """What is shown is a condition of the language, and the same one again when it is read."""
    found = [(one, read(one)) for one in RIGHT]
    meant = [(one, each.condition) for one, each in found if isinstance(each, Meant)]
    rules = [
        f"rule r{at}: deny {one.tools} when {show_expression(condition)};"
        for at, (one, condition) in enumerate(meant)
    ]
    again = parse(Source("w.bar", "\n".join((WORLD, *rules)))).rules
    assert [one.condition for one in again] == [condition for _, condition in meant]
