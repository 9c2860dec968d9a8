"""Sentences that a plain test can say."""

import pytest

from tests.expect import HEADER, findings

DECLARED = {"send_money": ["amount", "recipient"], "delete_file": ["path"]}


def said(sentence: str) -> list[str]:
    """Return what is said of a sentence that a rule is judged by."""
    text = f'rule r: deny send_money when judge("{sentence}" as ban forbids) >= 0.8 mode shadow;'
    return [one.message for one in findings(HEADER + text, DECLARED) if one.code == "BAR413"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Never call delete_file.", "this only names `delete_file`"),
        ("Do not use the delete_file tool", "this only names `delete_file`"),
        (
            "The amount must not exceed 100.",
            "this compares a number: write a test of `args.amount`",
        ),
        ("No amount over 1,000", "this compares a number: write a test of `args.amount`"),
    ],
)
def test_a_tool_or_a_number_needs_no_model(sentence: str, expected: str) -> None:
    """Where the sentence says nothing else."""
    assert [message.startswith(expected) for message in said(sentence)] == [True]


@pytest.mark.parametrize(
    "sentence",
    [
        "Never call delete_file for files of the user.",
        "Never delete files.",
        "No payment over 100.",
        "The amount must fit the invoice.",
        "No amount over 100 for gifts.",
        "No gossip about colleagues.",
        "Do not call it.",
    ],
)
def test_what_needs_understanding_needs_a_model(sentence: str) -> None:
    """Anything beyond the tool, or the argument and its number."""
    assert said(sentence) == []
