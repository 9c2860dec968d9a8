"""Facts: given in the request or looked up, and unknown where they cannot be had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from dsl import parse, syntax
from dsl.errors import Finding
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Effect
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Unknown
from tests.dsl.making import NOW, call, decide, policy, scope
from tests.expect import expect_error

LOOKED_UP = "fact f = lookup get(id: args.id) within 2s;"
GIVEN = "fact f = given;"


@dataclass
class Source(Session):
    """A session whose look-ups are noted."""

    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        self.asked.append(args)
        return super().look_up(fact, args)


def says(text: str, state: Any, declared: str, **args: Any) -> Any:
    """Return true, false, or the cause of an unknown."""
    made = policy(f"{declared} rule r: deny * when {text};")
    scope = Scope(call(args=args), NOW, names_of(made), state)
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, scope)
    return found.cause if isinstance(found, Unknown) else found


@pytest.mark.parametrize("declared", [LOOKED_UP, GIVEN])
@pytest.mark.parametrize(
    ("facts", "text", "expected"),
    [
        ({"f": 5}, "fact.f == 5", True),
        ({"f": 5}, "fact.f > 5", False),
        ({"f": {"a": [1, 2]}}, "fact.f.a[1] == 2", True),
        ({"f": {"a": [1, 2]}}, "3 in fact.f.a", False),
        ({"f": {"a": 1}}, "fact.f.b == 1", Cause.MISSING),
        ({"f": {"a": 1}}, "fact.f.b? == 1", False),
        ({"f": None}, "fact.f == 1", Cause.MISSING),
        ({"f": None}, "present(fact.f)", False),
        ({"f": False}, "present(fact.f)", True),
        ({"f": "x"}, "fact.f > 1", Cause.WRONG_TYPE),
        ({"f": "x"}, "fact.f.a? == 1", Cause.WRONG_TYPE),
        ({}, "fact.f == 5", Cause.NO_FACT),
        ({}, "fact.f? == 5", Cause.NO_FACT),
        ({}, "present(fact.f)", Cause.NO_FACT),
        ({"f": Unknown(Cause.TIMEOUT, "fact.f")}, "fact.f? == 5", Cause.TIMEOUT),
        ({"f": Unknown(Cause.TIMEOUT, "fact.f")}, "present(fact.f)", Cause.TIMEOUT),
    ],
)
def test_a_fact_is_a_value_or_unknown(declared: str, facts: Any, text: str, expected: Any) -> None:
    """What a fact holds may be absent; a fact that could not be had is unknown, also with `?`."""
    assert expected == says(text, Session(facts=facts), declared, id="7")


@pytest.mark.parametrize("key", ["args.id", "args.id?"])
@pytest.mark.parametrize("text", ["fact.f.blocked? == true", "present(fact.f)", "fact.f?"])
def test_a_look_up_that_cannot_be_asked_is_no_absent_fact(key: str, text: str) -> None:
    """Leaving out the argument that a look-up needs turns no test on the fact into false."""
    declared = f"fact f = lookup get(id: {key}) within 2s;"
    state = Source(facts={"f": {"blocked": True}})

    assert says(text, state, declared) is Cause.NO_FACT
    assert says(text, state, declared, id=None) is Cause.NO_FACT
    assert state.asked == []


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("args.n / 0", Cause.DIVISION_BY_ZERO),
        ('args.n + "a"', Cause.WRONG_TYPE),
        ("count(pay)", Cause.PENDING),
        ("fact.g", Cause.NO_FACT),
    ],
)
def test_an_unknown_argument_is_never_asked_with(key: str, cause: Cause) -> None:
    """A look-up is asked with what is known, so its cause is that of the argument."""
    key = key.replace('"a"', "args.s")
    declared = f"fact g = given; fact f = lookup get(id: {key}) within 2s;"
    state = Source(facts={"f": 1})
    state.ran(call("pay"), NOW, None, Outcome.RESERVED)

    assert says("fact.f == 1", state, declared, n=1, s="a") is cause
    assert state.asked == []


def test_a_look_up_is_asked_with_the_values_of_the_call() -> None:
    """Arguments may be worked out, and may come from another fact."""
    declared = """
      let double = args.n * 2;
      fact g = lookup other(n: double) within 1s;
      fact f = lookup get(id: fact.g.id, of: "x") within 1s;
    """
    state = Source(facts={"g": {"id": 7}, "f": 1})

    assert says("fact.f == 1", state, declared, n=2) is True
    assert state.asked == [{"n": 4}, {"id": 7, "of": "x"}]


@pytest.mark.parametrize(
    "declared",
    [
        "fact f = lookup get(id: fact.f.id) within 1s;",
        "fact f = lookup get(id: fact.g) within 1s; fact g = lookup get(id: fact.f) within 1s;",
        "let x = fact.f; fact f = lookup get(id: x) within 1s;",
        "".join(f"fact f{n} = lookup get(id: fact.f{n + 1}) within 1s;" for n in range(300))
        + "fact f300 = given; let x = fact.f0; fact f = lookup get(id: x) within 1s;",
    ],
    ids=["itself", "each other", "by a name", "many"],
)
def test_facts_that_need_each_other_are_unknown(declared: str) -> None:
    """No policy makes evaluation go round in circles or too deep, also none made by hand."""
    made = [parse.statement(f"{text.strip()};") for text in declared.split(";") if text.strip()]
    statements = [one for one in made if not isinstance(one, Finding)]
    asked = scope(call(args={}), statements, state=Session(facts={"f": 1}))
    found = conditions.evaluate(_FACT_F, asked)

    assert len(made) == len(statements)
    assert isinstance(found, Unknown)
    assert found.cause is Cause.NO_FACT


_FACT_F = syntax.Comparison(syntax.Path("fact", ("f",)), "==", syntax.Constant(1))


def test_a_fact_that_is_missing_denies_and_never_allows() -> None:
    """A failed look-up never lets a call through."""
    limit = f'{LOOKED_UP} default allow because "x"; rule r: deny send when fact.f == "blocked";'
    open_ = f'{LOOKED_UP} rule r: allow send when fact.f == "ok";'

    assert decide(limit, args={"id": 1}).effect is Effect.DENY
    assert decide(limit, args={"id": 1}, state=Session(facts={"f": "ok"})).effect is Effect.ALLOW
    assert decide(open_, args={"id": 1}).effect is Effect.DENY
    assert decide(open_, args={"id": 1}, state=Session(facts={"f": "ok"})).effect is Effect.ALLOW


def test_facts_are_private_to_their_policy() -> None:
    """A fact that another policy declares is not known here."""
    expect_error(
        """
        rule r: deny send when fact.f == 1;
                               ^^^^^^
        """,
        message="there is no fact named `f`",
        help="write `fact NAME = lookup ...;` or `given`",
        code="BAR107",
    )


def test_a_reply_shows_no_fact() -> None:
    """What the agent reads holds values of its own call only."""
    expect_error(
        """
        fact f = given; rule r: deny send reply "No: {fact.f}";
                                                ^^^^^^^^^^^^^^
        """,
        message="a reply cannot show `fact`: it shows args, tool, agent, subject, session, "
        "context, now",
        help="`{args.amount}` puts a value in; `{{` and `}}` are the signs themselves",
    )


def test_a_fact_is_looked_up_outside_of_lists() -> None:
    """A look-up inside a loop is asked about the call, whatever the elements are called."""
    state = Source(facts={"f": 2})

    assert says("any id in args.ids: id == fact.f", state, LOOKED_UP, ids=[1, 2], id="7") is True
    assert state.asked == [{"id": "7"}, {"id": "7"}]
