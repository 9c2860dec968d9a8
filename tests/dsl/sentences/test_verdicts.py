"""A declared sentence decides every call as the rule does that it means."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import syntax, toolspec
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.evaluation.scope import Scope
from dsl.explain import explain
from dsl.interpret import evaluate
from dsl.model import By, Effect, ToolCall
from dsl.parse import parse
from dsl.sentences.slots import Meant
from dsl.session.session import Session
from dsl.show.expressions import show_expression
from dsl.state import Outcome
from dsl.testing.run import FIXED_NOW
from tests.dsl.sentences.corpus import BASE, FILES, TOOLS, WORLD, lines, read

OPEN: Final = parse(Source("open.bar", "policy world version 1;\nrule open: allow *;\n"))
RIGHT: Final = [line.right for name in FILES for line in lines(name) if line.right]
TEXTS: Final = (
    *("DE89370400440532013000", "FR1420041010050500013M02606", "a@corp.com", "b@rival.example"),
    *("not an address", "/srv/data/a", "/srv/work", "/etc/passwd", "../a", "sudo rm", "password"),
    *("2026-03-05", "2027-01-01", "soon", "4111 1111 1111 1111", "https://corp.com/", ""),
)
NUMBERS: Final = (0, 1, 2, 3, 4, 5, 10, 75, 100, 101, 250, 500, 1000, 10_001)
EARLIER: Final = ("verify_identity", "get_reservation", "fetch", "refund", "send_money")


@cache
def rules() -> Mapping[int, tuple[syntax.Rule, syntax.Rule]]:
    """Return each rule with a sentence, and the one that it means: all read in one go."""
    found = {at: one for at, each in enumerate(RIGHT) if isinstance(one := read(each), Meant)}
    written = [
        f"rule r{at}: {RIGHT[at].effect} {RIGHT[at].tools} when {show_expression(one.condition)};"
        for at, one in found.items()
    ]
    plain = parse(Source("w.bar", "\n".join((WORLD, *written)))).rules
    judged = parse(Source("w.bar", "\n".join((WORLD, *(RIGHT[at].rule_named(at) for at in found)))))
    return dict(zip(found, zip(judged.rules, plain, strict=True), strict=True))


@cache
def bounds(at: int) -> tuple[Bound, Bound] | None:
    """Return the policy with a sentence, and the one with the rule that it means."""
    if at not in rules():
        return None
    judged, plain = rules()[at]
    return _bound(judged), _bound(plain)


def _bound(rule: syntax.Rule) -> Bound:
    return Bound(replace(BASE, statements=(*BASE.statements, *OPEN.rules, rule)), TOOLS)


def values(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "array":
            return st.lists(values(schema["items"]), max_size=6)
        case "boolean":
            return st.booleans()
        case "number" | "integer":
            return st.sampled_from(NUMBERS)
        case _:
            return st.sampled_from(TEXTS)


@st.composite
def calls(draw: st.DrawFn, tools: str) -> ToolCall:
    names = [one.strip() for one in tools.split(",")] if tools != "*" else list(TOOLS.by_name)
    tool = draw(st.sampled_from(names))
    schema = TOOLS.by_name[tool].schema
    args = {
        name: draw(values(said))
        for name, said in schema["properties"].items()
        if name in schema["required"] or draw(st.booleans())
    }
    server = draw(st.sampled_from((None, None, "far")))
    return ToolCall("now", tool, args, server)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    session = Session()
    said = ("delete the file, please", "refund it, cancel it", "run and pay", "hello")
    session.texts += draw(st.lists(st.sampled_from(said), max_size=2))
    for at, tool in enumerate(draw(st.lists(st.sampled_from(EARLIER), max_size=6))):
        call = ToolCall(f"c{at}", tool, {})
        if draw(st.booleans()):
            session.ran(call, FIXED_NOW, {"note": "a@corp.com"}, draw(st.sampled_from(Outcome)))
        else:
            session.let(call, FIXED_NOW)
    if draw(st.booleans()):
        status = draw(st.sampled_from(("active", "used", "cancelled", "flown")))
        session.facts["reservation"] = {"status": status, "refundable": draw(st.booleans())}
    return session


def effect(bound: Bound, call: ToolCall, session: Session) -> Effect:
    session.policies, session.call = (bound.policy,), call
    return evaluate([bound], call, FIXED_NOW, session).effect


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(0, len(RIGHT) - 1), sessions())
def test_a_sentence_decides_as_its_rule(data: st.DataObject, at: int, session: Session) -> None:
    """Whether it is broken, kept or unknown: the effect is the same."""
    both = bounds(at)
    if both is None:
        return
    call = data.draw(calls(RIGHT[at].tools))
    assert effect(both[0], call, session) is effect(both[1], call, session)


def test_the_drawn_calls_break_and_keep_sentences() -> None:
    """The law is not empty: a sentence is broken, kept, and unknown where a fact is missing."""
    at = next(n for n, one in enumerate(RIGHT) if one.kind == "state_cond")
    both = bounds(at)
    assert both is not None
    call = ToolCall("c", RIGHT[at].tools, {"reservation_id": "R1"})
    found = []
    for status in ("active", "used", None):
        session = Session()
        if status is not None:
            session.facts["reservation"] = {"status": status}
        session.policies, session.call = (both[0].policy,), call
        verdict = evaluate([both[0]], call, FIXED_NOW, session)
        found.append((verdict.effect, verdict.reasons[0].by))
    assert found == [
        (Effect.ALLOW, By.TRUE),
        (Effect.DENY, By.TRUE),
        (Effect.DENY, By.UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("takes_in", "call", "effect"),
    [
        ("pay", ToolCall("c", "pay", {"amount": 5}), Effect.ALLOW),
        ("pay", ToolCall("c", "pay", {"amount": 500}, "far"), Effect.DENY),
        ("pay, wire", ToolCall("c", "wire", {"sum": 500}), Effect.DENY),
        ("*", ToolCall("c", "wire", {"sum": 500}), Effect.DENY),
        ("* except pay", ToolCall("c", "wire", {"sum": 500}), Effect.DENY),
    ],
)
def test_an_overlay_says_nothing_of_tools_that_it_does_not_declare(
    takes_in: str, call: ToolCall, effect: Effect
) -> None:
    """Its calls are judged all the same, and have arguments that its sentence was not read with."""
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    listed = json.dumps([{"name": "pay", "inputSchema": schema}])
    judge = 'judge("Never pay more than 100." as num_max forbids) >= 0.5'
    text = f"overlay narrow version 1;\nrule r: deny {takes_in} when {judge};\n"
    narrow = Bound(parse(Source("n.bar", text)), toolspec.read(Source("t.json", listed)))
    session = Session(policies=(narrow.policy,), call=call)
    assert evaluate([Bound(OPEN), narrow], call, FIXED_NOW, session).effect is effect


def test_an_explanation_shows_what_a_sentence_means() -> None:
    """And which values of the call it was decided by."""
    at = next(n for n, one in enumerate(RIGHT) if one.kind == "num_max")
    both = bounds(at)
    assert both is not None
    made = ToolCall("c", RIGHT[at].tools, {"amount": 500, "recipient": "x", "subject": "y"})
    session = Session(policies=(both[0].policy,), call=made)
    rules_told = explain(both[0], Scope(made, FIXED_NOW, state=session)).rules
    (told,) = rules_told[-1].tests

    assert told.truth is True
    assert told.text.endswith(">= 0.5, which means args.amount > 100")
    assert [(one.text, one.value) for one in told.atoms] == [("args.amount", 500)]
