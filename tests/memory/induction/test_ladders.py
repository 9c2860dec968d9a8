"""How one value widens, sort by sort, in the words of the language."""

from decimal import Decimal
from typing import Any

import pytest

from dsl import syntax
from dsl.show.expressions import show_expression
from memory.induction.field import Sort
from memory.induction.ladders.registry import LADDERS
from memory.induction.ladders.step import Around
from memory.induction.ladders.suffixes import registrable

V = syntax.Path("args", ("v",))


def rungs(sort: Sort, value: Any, **around: Any) -> list[str]:
    return [show_expression(one) for one in LADDERS[sort](V, value, Around(**around))]


def test_every_sort_has_a_ladder() -> None:
    """What a schema can be read as can be widened."""
    assert set(LADDERS) == set(Sort)


def test_a_choice_is_itself_or_one_of_three() -> None:
    """Lists take in what other reports have in the same place, the most frequent first."""
    assert rungs(Sort.CHOICE, "prod", others=["prod", "dev", "test", "qa"]) == [
        'args.v == "prod"',
        'args.v in ["dev", "prod"]',
        'args.v in ["dev", "prod", "test"]',
    ]
    assert rungs(Sort.TRUTH, value=True) == ["args.v == true"]


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (130, [">= 100", ">= 50", ">= 20", "<= 200", "<= 500", "<= 1000"]),
        (Decimal("0.03"), [">= 0.02", ">= 0.01", ">= 0.005", "<= 0.05", "<= 0.1", "<= 0.2"]),
        (-7, [">= -10", ">= -20", ">= -50", "<= -5", "<= -2", "<= -1"]),
        (0, [">= 0", "<= 0"]),
    ],
)
def test_numbers_widen_to_round_ones(value: Any, bounds: list[str]) -> None:
    """A number is itself, or beyond the next few of 1, 2, 5, 10, 20, ..."""
    assert rungs(Sort.NUMBER, value) == [f"args.v {one}" for one in (f"== {value}", *bounds)]


def test_a_path_widens_to_its_directories_and_its_ending() -> None:
    """A directory is at least two deep; a path that is not plain stays itself."""
    assert rungs(Sort.PATH, "/srv/data/a/x.txt") == [
        'args.v == "/srv/data/a/x.txt"',
        'under(args.v, "/srv/data/a")',
        'under(args.v, "/srv/data")',
        'args.v like "*.txt"',
    ]
    assert rungs(Sort.PATH, "/srv/../etc/passwd") == ['args.v == "/srv/../etc/passwd"']


def test_an_address_widens_to_its_domain_its_organisation_and_its_side() -> None:
    """The organisation is the registered domain; who is neither ours nor a partner is anybody."""
    ours = {"internal": ["corp.example"], "partners": ["partner.example"]}

    assert rungs(Sort.EMAIL, "Eve@mail.evil.co.uk") == [
        'args.v == "Eve@mail.evil.co.uk"',
        'domain(args.v) == "mail.evil.co.uk"',
        'domain(args.v) == "evil.co.uk" or domain(args.v) like "*.evil.co.uk"',
    ]
    assert rungs(Sort.EMAIL, "eve@evil.example", internal=["corp.example"])[-1] == (
        'not (domain(args.v) == "corp.example" or domain(args.v) like "*.corp.example")'
    )
    assert rungs(Sort.URL, "https://a.partner.example/x", **ours)[-1] == (
        'host(args.v) == "partner.example" or host(args.v) like "*.partner.example"'
    )
    assert rungs(Sort.HOST, "10.0.0.1") == ['args.v == "10.0.0.1"']
    assert rungs(Sort.EMAIL, "Eve <eve@evil.example>, bob@corp.example") == []


def test_the_registered_domain_is_told_by_a_pinned_list() -> None:
    """A suffix has no owner, and nor has an address."""
    assert registrable("a.b.shop.example") == "shop.example"
    assert registrable("a.shop.co.uk") == "shop.co.uk"
    assert registrable("me.github.io") == "me.github.io"
    assert [registrable(one) for one in ("co.uk", "localhost", "127.0.0.1", "::1")] == [None] * 4


def test_a_command_widens_to_its_flags_and_its_program() -> None:
    """What cannot be read as one simple command has no rungs."""
    assert rungs(Sort.COMMAND, "git push --force origin") == [
        'words_v[0] == "git" and "--force" in argv(args.v)',
        '"--force" in argv(args.v)',
        'words_v[0] == "git"',
    ]
    assert rungs(Sort.COMMAND, "rm -rf / ; ls") == []


def test_a_text_opens_what_changes_from_call_to_call() -> None:
    """Numbers, ids, addresses and paths are holes; a text without one is itself."""
    assert rungs(Sort.TEXT, "invoice 12 (may)") == [
        r"args.v matches /invoice [0-9]+([.,][0-9]+)* \(may\)/"
    ]
    assert rungs(Sort.TEXT, "hello") == ['args.v == "hello"']
    assert rungs(Sort.TEXT, "x" * 201) == rungs(Sort.TEXT, "half \ud800") == []
