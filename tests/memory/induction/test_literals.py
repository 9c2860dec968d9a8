"""The conditions that are read off a case: each says something of it, in words of the language."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.parse import statement
from dsl.syntax import Rule
from memory.induction.case import Withheld
from memory.induction.field import Sort, fields
from memory.induction.literals import Literals
from memory.induction.matching import Asked
from memory.induction.sheet import Sheet
from tests.memory.induction import world

CONFIGURATION = world.configuration()
FIELDS = fields(CONFIGURATION.tools.by_name["send"], CONFIGURATION.names)
SIDES = CONFIGURATION.sides


def test_sorts_follow_schema_then_name() -> None:
    """The schema says what a value is, else its name; what no policy could name is left out."""
    found = {str(one.path): (one.sort, one.optional, one.many) for one in FIELDS}

    assert found == {
        "args.amount": (Sort.NUMBER, False, False),
        "args.cc": (Sort.EMAIL, True, True),
        "args.command": (Sort.COMMAND, True, False),
        "args.env": (Sort.CHOICE, False, False),
        "args.force": (Sort.TRUTH, True, False),
        "args.link": (Sort.URL, True, False),
        "args.meta.region": (Sort.CHOICE, True, False),
        "args.note": (Sort.TEXT, True, False),
        "args.order_id": (Sort.ID, True, False),
        "args.path": (Sort.PATH, True, False),
        "args.to": (Sort.EMAIL, False, False),
    }


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000))
def test_each_literal_holds_of_its_case_and_reads_back_as_itself(seed: int) -> None:
    """Law 10: a literal is a condition of the language, and true of the case it was read off."""
    log = world.drawn(seed, calls=3)
    cases = list(log.cases.values())
    for case in cases:
        asked = Asked(case, CONFIGURATION.names)
        for one in Literals(FIELDS, cases, SIDES).of(case):
            read = statement(f"rule r: deny t when {one.text};")
            assert isinstance(read, Rule), one.text
            assert read.condition == one.condition
            assert asked.holds(one.condition) is True, one.text


@pytest.mark.parametrize(
    ("name", "reported", "others"),
    [
        ("amount", 7, [Decimal("7.0"), 6]),
        ("amount", 7, [6, Decimal("7.0"), Decimal("7.50")]),
        ("amount", 0, [Decimal("0.00"), Decimal("0.001"), -1]),
        ("to", "eve@evil.example", ["bob@evil.example", "Eve@EVIL.example", "x@sub.evil.example"]),
        ("link", "https://a.shop.example/x", ["https://A.shop.example/x", "http://b.example/"]),
        ("order_id", "o1", ["O1", "o1 ", "o2"]),
    ],
)
def test_values_that_were_not_reported_are_told_apart_as_the_engine_does(
    name: str, reported: Any, others: list[Any]
) -> None:
    """Law 10: of values that are taken for alike, no condition holds of one and not of another."""
    case, *far = (world.case(at, {name: one}) for at, one in enumerate([reported, *others]))
    sheet = Sheet([case, *far], [case.decision_id], CONFIGURATION.names, FIELDS)
    for one in Literals(FIELDS, [case], SIDES).of(case):
        rows = sheet.where(one)
        for row, each in enumerate(sheet.cases):
            truth = Asked(each, CONFIGURATION.names).holds(one.condition)
            assert bool(rows.true >> row & 1) is (truth is True), (one.text, each.features.args)


def test_an_optional_argument_is_asked_for_first() -> None:
    """Without `present` the rule would apply by unknown to each call that leaves it out."""
    found = Literals(FIELDS, (), SIDES).of(world.case(1, {"to": "a@b.example", "order_id": "o1"}))

    assert 'present(args.order_id) and args.order_id == "o1"' in [one.text for one in found]
    assert 'args.to == "a@b.example"' in [one.text for one in found]


def test_a_withheld_value_has_its_origin_and_nothing_else() -> None:
    """Of what strangers chose, a rule can say where it came from alone; and not what is unknown."""
    values = {
        "to": Withheld(untrusted=True, nowhere=False),
        "order_id": Withheld(untrusted=False, nowhere=True),
        "link": Withheld(),
        "note": Withheld(untrusted=True, nowhere=False),
    }
    case = world.case(1, values)
    found = [one.text for one in Literals(FIELDS, (), SIDES).of(case)]

    assert found == [
        "args.to from untrusted",
        "present(args.note) and args.note from untrusted",
        "present(args.order_id) and args.order_id from nowhere",
    ]


def test_what_is_around_a_call_is_told_by_its_features() -> None:
    """Agent, roles, what the host asserts and the session's labels are features."""
    about = {"agent": "mailer", "roles": ("clerk",), "context": {"desk": 3, "no word": 1}}
    case = world.case(1, {}, **about, labels=frozenset(("secret",)))

    assert [one.text for one in Literals(FIELDS, (), SIDES).of(case)] == [
        '"clerk" in subject.roles',
        'present(agent.id) and agent.id == "mailer"',
        "present(context.desk) and context.desk == 3",
        "session has secret",
    ]
