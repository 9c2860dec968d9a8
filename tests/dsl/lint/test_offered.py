"""The nearer name that a finding offers can be written by a program, if one wants it."""

import pytest

from dsl.lint.fixing import chosen, written
from tests.expect import HEADER, findings

DECLARED = {"read_file": ["path"], "send_money": ["recipient", "amount"]}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "rule a: allow send_money when args.recipent == 'x' ;".replace("'", '"'),
            'rule a: allow send_money when args.recipient == "x" ;',
        ),
        ("rule a: allow send_mony;", "rule a: allow send_money;"),
        ("rule a: alow send_money;", "rule a: allow send_money;"),
        (
            "let payees = [1]; rule a: deny send_money when args.amount in payes;",
            "let payees = [1]; rule a: deny send_money when args.amount in payees;",
        ),
    ],
)
def test_the_offered_name_is_written_in_the_place_of_the_wrong_one(wrong: str, right: str) -> None:
    """Only the misspelt word changes; it is no safe fix, as what was meant is a guess."""
    text = HEADER + wrong
    found = findings(text, DECLARED)

    assert chosen(found, unsafe=False) == []
    assert written(text, chosen(found, unsafe=True)) == HEADER + right


def test_what_is_not_certain_is_left() -> None:
    """A place that holds the wrong word twice, or not at all, gets no fix."""
    text = HEADER + "rule send_mony: allow send_mony, read_file;"
    fixes = [one.fix for one in findings(text, DECLARED) if one.code == "BAR104"]

    assert len(fixes) == 1
    assert fixes[0] is not None
    assert written(text, [fixes[0]]).endswith("rule send_mony: allow send_money, read_file;")
