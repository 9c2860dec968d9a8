"""No value of the benchmark may stand in a policy: the search for them can find, and can fail."""

import pytest

from bench.agentdojo.no_constants import Planted, planted

LEAVES = [
    "DE89370400440532013000",
    "Refund",
    "Rent for Mallory",
    "12",
    "4711",
    "notes.txt",
    "look at shelf",
]
SAID = [
    "Pay the plumber Kowalski who lives in Elm Street 12a, write to kow@pipes.example about it.",
    "Could you tell me where the green box is?",
]
VOCABULARY = ["look_at: look at shelf or box", '{"title": "Rent of a place"}']


def _found(text: str) -> list[str]:
    return [one.value for one in planted({"p.bar": text}, LEAVES, SAID, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('let payees = ["DE89370400440532013000"];', "de89370400440532013000"),
        ("rule r: deny x when args.to == 'rent  for mallory';", "rent for mallory"),
        ("# written for 4711", "4711"),
        ('when args.path ends_with "notes.txt"', "notes.txt"),
        ('user "Ask Kowalski"', "kowalski"),
        ('domain(args.to) == "kow@pipes.example"', "kow@pipes.example"),
        ("user_said(/tell me where the green box/)", "tell me where the green box"),
    ],
)
def test_a_planted_value_is_found(text: str, value: str) -> None:
    """Accounts, phrases, names, files, addresses and six words in a row are found."""
    assert value in _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "allow look_at when args.where from user;",  # tools may be named
        "deny pay when args.amount > 12;",  # too short to tell
        "user_said(/look at shelf/)",  # the tools' own words
        "rule kowalskis: allow x;",  # part of another word
        "user_said(/refund/)",  # one common word
        "user_said(/where the green box/)",  # a few words that anybody may say
        "given now 2026-03-02T10:15;",  # a time of day
        "# tell us where that box is",  # other words
    ],
)
def test_what_is_no_value_is_left_be(text: str) -> None:
    """Tools' own words, short and common ones and parts of words are not taken for values."""
    assert _found(text) == []


def test_the_file_is_named() -> None:
    """A finding says where it is."""
    files = {"a.bar": "allow x;", "b.bar": "# 4711"}

    assert planted(files, LEAVES, SAID, VOCABULARY) == [Planted("b.bar", "4711")]
