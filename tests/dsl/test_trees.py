"""Trees as bytes: what is written is read again, and bytes that are no tree are refused."""

import random
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from dsl import parse, syntax, trees
from dsl.errors import Source
from dsl.trees import NoTree
from tests.dsl import drawing
from tests.dsl.making import policy

ROOT = Path(__file__).parents[2]
MUTANTS = 2_000
EVERYTHING = """policy p version 3;
timezone "Europe/Vienna";
default deny because "so it is";
let most = 100;
let long = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
table rates { ("eur", 1): 1.50; ("usd", 2): -1; }
fact owner = lookup crm(of: args.id) within 2s;
kind pay.to is email;
source get_* as untrusted whole;
label get.items[*].iban as secret for ["corp.com"];
rule a: allow pay when args.amount <= most * 10% and hour(now) in 8..17 or args.at > 2026-01-31
  because "a" source "x.md" line 3 valid from 2026-01-01 until 2026-12-31;
rule b: ask pay, read_* except read_all when count(pay within 1h per subject) > 3
  approver role "boss" expires 15m require notify("x");
rule c on result: deny get when result.a matches /x+/;
test "t" {
  given now 2026-01-31T09:00;
  given context {"a": [1, 2.50, true, null, {"b": "c"}]};
  call pay(amount: 1, to: ["a", "b"]) returns {"x": []};
  expect deny;
}
"""


def _whole(part: Any) -> Any:
    """Return a tree with its places and the types of its values, which equality passes over."""
    if is_dataclass(part):
        return type(part), [_whole(getattr(part, field.name)) for field in fields(part)]
    if isinstance(part, tuple | list):
        return type(part), [_whole(one) for one in part]
    if isinstance(part, dict):
        return dict, [(key, _whole(value)) for key, value in part.items()]
    return type(part), str(part) if isinstance(part, Decimal) else part


def _again(tree: syntax.Policy) -> syntax.Policy:
    return trees.read(trees.write(tree))


def test_each_kind_of_statement_comes_back() -> None:
    """Every statement, every leaf, each with its place: nothing is lost or rounded."""
    tree = parse.parse(Source("p.bar", EVERYTHING))
    back = _again(tree)

    assert _whole(back) == _whole(tree)
    assert back.header is back.statements[0]


@drawing.law(60)
@given(tree=drawing.layers())
def test_drawn_policies_come_back(tree: syntax.Policy) -> None:
    """Whatever the language can say."""
    assert _whole(_again(tree)) == _whole(tree)


def test_the_policies_of_the_repository_come_back() -> None:
    """Long ones too."""
    files = sorted((ROOT / "examples").rglob("*.bar"))
    read = [parse.read(Source(str(one), one.read_text("utf-8")))[0] for one in files]
    found = [tree for tree in read if tree is not None]

    assert len(found) > 10
    assert all(_whole(_again(tree)) == _whole(tree) for tree in found)


def test_every_class_of_nodes_can_be_written() -> None:
    """A node that is added to the language is written too."""
    kinds = {one for one in vars(syntax).values() if isinstance(one, type)}
    nodes = {one.__name__ for one in kinds if issubclass(one, syntax.Node)}

    assert nodes <= set(trees._CLASSES)


def test_other_bytes_are_no_tree() -> None:
    """Bytes that were cut or changed raise `NoTree` or hold some tree, and raise nothing else."""
    content = trees.write(policy("rule r: deny pay when args.amount > 3 and args.to in [1, 2];"))
    drawn = random.Random(7)  # noqa: S311 - the same mistakes each time
    refused = 0
    for _ in range(MUTANTS):
        spoilt = bytearray(content)
        at = drawn.randrange(len(spoilt))
        if drawn.random() < 0.3:
            spoilt = spoilt[:at]
        else:
            spoilt[at] ^= 1 << drawn.randrange(8)
        try:
            trees.read(bytes(spoilt))
        except NoTree:
            refused += 1

    assert refused > MUTANTS // 2


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 8, b"\0" * 100, b"\xff" * 100])
def test_what_was_never_a_tree_is_refused(content: bytes) -> None:
    """Nothing at all, or something else."""
    with pytest.raises(NoTree):
        trees.read(content)
