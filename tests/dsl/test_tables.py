"""The stored parser is the parser of the grammar."""

import json

import pytest
from hypothesis import given
from lark import Lark, Tree

from dsl import parse, syntax, tables
from dsl.show import statements as show_statements
from tests.dsl import drawing


def test_the_grammar_has_no_conflict() -> None:
    """Lark settles shift/reduce conflicts silently; built strictly, it would refuse them."""
    Lark(tables._text(tables.GRAMMAR), parser="lalr", strict=True)


@pytest.mark.locked
def test_the_stored_tables_are_used() -> None:
    """What is stored fits the grammar and the installed Lark, and is what `make docs` writes."""
    assert tables._stored() is not None
    assert tables._text(tables.TABLES) == tables.stored_form()


@pytest.fixture(scope="module")
def built() -> Lark:
    return tables.build()


@drawing.law(60)
@given(tree=drawing.layers())
def test_stored_and_built_parsers_agree(tree: syntax.Policy) -> None:
    """Both give the same trees."""
    built = _built()
    for statement in tree.statements:
        text = show_statements.show(statement)
        assert _plain(built.parse(text)) == _plain(parse.grammar().parse(text))


_CACHE: list[Lark] = []


def _built() -> Lark:
    if not _CACHE:
        _CACHE.append(tables.build())
    return _CACHE[0]


def _plain(tree: object) -> object:
    if isinstance(tree, Tree):
        return (str(tree.data), [_plain(child) for child in tree.children])
    return (getattr(tree, "type", ""), str(tree))


@pytest.mark.parametrize("stored", ["", "{", "[]", "null", "{}", '{"grammar":"x","lark":"y"}'])
def test_tables_that_do_not_fit_are_not_used(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of another grammar, or broken ones, are as if there were none."""
    grammar = tables._text(tables.GRAMMAR)
    monkeypatch.setattr(tables, "_text", lambda name: grammar if name == tables.GRAMMAR else stored)

    assert tables._stored() is None
    assert isinstance(tables.parser(parse._ApartFromEachOther()), Lark)


def test_tables_of_another_grammar_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed letter in the grammar is enough."""
    texts = {
        tables.GRAMMAR: tables._text(tables.GRAMMAR) + "\n",
        tables.TABLES: tables._text(tables.TABLES),
    }
    monkeypatch.setattr(tables, "_text", texts.__getitem__)

    assert tables._stored() is None
    assert tables._fits().items() <= json.loads(tables.stored_form()).items()
