"""What memory may soften, whatever the policies: laws 1 to 3 of the one exception to narrowing."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from app import engine
from app.binding.bindings import Binding, BindingsError
from app.binding.file import read as read_bindings
from app.binding.softening import beside, denied_by_models, refuse_softening
from app.binding.whom import Whom
from app.policy.policies import load
from app.policy.policy_set import PolicySet
from dsl import syntax
from dsl.errors import DrawbarError, Source
from dsl.interpret import Bound, evaluate
from dsl.model import Cause, Decision, Effect, Need, ReasonCode, ToolCall
from dsl.parse import parse
from dsl.recording import Recording
from dsl.state import NOTHING_KNOWN, State
from dsl.toolspec import read as read_tools
from dsl.types import Unknown
from tests.app.test_trial import renamed
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call

RANK: Final = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}
TERMS: Final = engine.Terms(changed_args=True, obligations=frozenset({"notification"}))
WHOM: Final = Whom("http", "default", None, None, None)
PEOPLE: Final = """
policy people version 1;
rule all: allow send, read;
rule large: ask send when args.amount > 100 approver role "treasury";
rule never: deny send when args.to == "enemy";
"""
GUARD: Final = """
overlay guard version 1;
rule off_task: deny send when classify("off_task") >= 0.5;
"""
SOFTEN: Final = """
overlay soften_a version 1;
rule m_a: ask send when args.to == "ana" approver role "security" mode shadow;
rule m_b: ask send when args.note == "x" approver role "security" mode shadow;
rule m_c: ask send when args.to == "ana" approver role "security" mode shadow;
"""


class Scored(Recording):
    """A state in which each score is said to be so much, or is not known."""

    def __init__(self, state: State, said: Any) -> None:
        super().__init__(state)
        self._said = said

    def score(self, *_: Any, **__: Any) -> Any:
        return self._said


def bound(*texts: str) -> list[Bound]:
    return [Bound(parse(Source("test.bar", text))) for text in texts]


def soft(text: str = SOFTEN) -> Bound:
    return bound(text)[0]


def decided(
    policies: Sequence[Bound],
    made: ToolCall,
    softening: Sequence[Bound] = (),
    state: State | None = None,
    terms: engine.Terms = TERMS,
) -> Decision:
    """Decide by policies beside which something of memory softens, or nothing."""
    here = PolicySet(tuple(policies), "sha256:0", softening=tuple(softening))
    known = Scored(NOTHING_KNOWN, Decimal("0.9")) if state is None else state
    return engine.decide(here, made, NOW, terms, known)


def effect(*args: Any, **more: Any) -> Effect:
    return decided(*args, **more).effect


def without_judgement(one: Bound) -> Bound:
    """Return a policy without every rule that asks for a score."""
    left = tuple(
        each
        for each in one.policy.statements
        if not isinstance(each, syntax.Rule) or each.name not in one.names.judgements
    )
    return Bound(syntax.Policy(one.policy.header, left), one.tools)


def test_a_person_is_asked_where_a_model_alone_denied() -> None:
    """The denial is named beside who asks: a role, never the user. Without the rule it stays."""
    here, sent = bound(PEOPLE, GUARD), call("send", {"to": "ana", "amount": 5})
    said = decided(here, sent, [soft()])

    assert effect(here, sent) is Effect.DENY
    assert said.effect is Effect.ASK
    assert [(one.code, one.policy, one.rule) for one in said.verdict.reasons] == [
        (ReasonCode.RULE, "soften_a", "m_a"),
        (ReasonCode.SOFTENED, "guard", "off_task"),
    ]
    assert said.verdict.approval is not None
    assert said.verdict.approval.needs == (Need("role", "security"),)
    assert [one.rule for one in said.verdict.approval.asking] == ["m_a"]
    assert effect(here, call("send", {"to": "ben", "amount": 5}), [soft()]) is Effect.DENY


def test_what_rules_in_shadow_say_is_told_as_before() -> None:
    """The model's rules stand in shadow for a moment alone, and nobody is told so."""
    watching = "overlay w version 1;\nrule watch: deny send when args.amount == 5 mode shadow;"
    here = bound(PEOPLE, GUARD, watching)
    said = decided(here, ANA, [soft()]).verdict

    assert said.effect is Effect.ASK
    assert said.shadow == decided(here, ANA).verdict.shadow
    assert [one.rule for one in said.shadow] == ["watch"]


@pytest.mark.parametrize("name", ["guard", "soften_a"])
def test_a_session_softens_nothing_by_taking_a_name(name: str) -> None:
    """What a session brings may be called like a policy, or like what softens: the denial stays."""
    text = f"overlay {name} version 1;\nrule m_b: ask send;\nrule m_c: ask send mode shadow;"
    session = Bound(soft(text).policy, published=False)
    ben = call("send", {"to": "ben", "amount": 5, "note": "y"})

    for made in (ben, ANA):
        assert effect([session, *bound(PEOPLE, GUARD)], made, [soft()]) is Effect.DENY
    assert effect([session, *bound(PEOPLE)], ben, [soft()]) is Effect.ASK


def test_what_else_judges_is_known_before_calls_need_it() -> None:
    """Where nothing softens that is nothing; else each policy that asks a model, once."""
    here = bound(PEOPLE, GUARD)
    assert list(beside(here, ())) == []
    (made,) = beside(here, (entry(),))

    assert all(rule.shadow for rule in made.policy.rules)
    assert list(beside(here, (entry(),))) == [made]


def test_the_oldest_rule_asks() -> None:
    """So a rule that joins later voids no approval that waits."""
    here, sent = bound(PEOPLE, GUARD), call("send", {"to": "ana", "amount": 5, "note": "x"})
    fewer = soft(SOFTEN.replace('rule m_c: ask send when args.to == "ana"', "rule m_c: ask read"))

    assert decided(here, sent, [soft()]).verdict.approval == (
        decided(here, sent, [fewer]).verdict.approval
    )


def test_who_was_asked_without_the_model_is_asked_too() -> None:
    """What softens adds a question; it takes the place of none."""
    sent = call("send", {"to": "ana", "amount": 500})
    said = decided(bound(PEOPLE, GUARD), sent, [soft()]).verdict

    assert said.approval is not None
    assert {one.role for one in said.approval.needs} == {"treasury", "security"}


UNKNOWN: Final = Scored(NOTHING_KNOWN, Unknown(Cause.TIMEOUT, "classify"))
ANA: Final = call("send", {"to": "ana", "amount": 5})
BESIDE: Final = """
overlay other version 1;
rule code: deny send when args.amount < 10;
"""
UNSURE: Final = """
overlay other version 1;
rule maybe: deny send when args.missing == 1 and classify("off_task") >= 0.5;
"""
BOTH: Final = """
overlay other version 1;
rule off_task: deny send when classify("off_task") >= 0.5;
rule maybe: deny send when args.missing == 1 and classify("off_task") >= 0.5;
"""
FINAL: Final = """
overlay other version 1;
rule other: deny send when classify("off_task") >= 0.5 final;
"""
SYMBOLS: Final = """
overlay other version 1;
rule code: deny send when args.missing == 1;
"""
CHANGES: Final = """
overlay other version 1;
rule cut: ask send with set(args.amount, 1);
"""
DUTY: Final = """
overlay other version 1;
rule first: ask send require read before;
"""


@pytest.mark.parametrize(
    ("others", "made", "state"),
    [
        ((PEOPLE, GUARD), ANA, UNKNOWN),
        ((PEOPLE, GUARD, BESIDE), ANA, None),
        ((PEOPLE, GUARD, UNSURE), ANA, None),
        ((PEOPLE, BOTH), ANA, None),
        ((PEOPLE, GUARD, FINAL), ANA, None),
        ((PEOPLE, GUARD, SYMBOLS), ANA, None),
        ((PEOPLE, GUARD, CHANGES), ANA, None),
        ((PEOPLE, GUARD, DUTY), ANA, None),
        ((PEOPLE, GUARD), call("send", {"to": "enemy", "amount": 5}), None),
        ((PEOPLE, GUARD), call("send", {"amount": 5, "note": "y"}), None),  # unknown: who gets it
        ((PEOPLE, GUARD), call("erase", {"to": "ana"}), None),
        ((GUARD,), ANA, None),
        (("policy none version 1;", GUARD), ANA, None),
    ],
    ids=[
        "a model that fails",
        "code denies too",
        "one model is unknown",
        "an unknown beside a certain one",
        "final",
        "code is unknown",
        "the call would be changed",
        "a duty is not met",
        "code denies",
        "the rule that softens is unknown",
        "no such tool",
        "no policy",
        "no rule",
    ],
)
def test_nothing_else_is_softened(
    others: Sequence[str], made: ToolCall, state: State | None
) -> None:
    """What is unknown, final, decided by code, or allowed by nothing stays denied, word by word."""
    here = bound(*others)
    said = decided(here, made, [soft()], state).verdict

    assert said == decided(here, made, (), state).verdict
    assert said.effect is Effect.DENY


def test_a_call_that_is_not_valid_stays_so() -> None:
    """Law 2: schemas are checked before any rule."""
    schema = {"type": "object", "properties": {"to": {"const": "ben"}}, "required": ["to"]}
    entries = json.dumps([{"name": "send", "inputSchema": schema}])
    tools = read_tools(Source("t.json", entries))
    here = [Bound(parse(Source("test.bar", PEOPLE)), tools), *bound(GUARD)]
    said = decided(here, call("send", {"to": "ana"}), [soft()]).verdict

    assert (said.effect, said.code) == (Effect.DENY, ReasonCode.INVALID_CALL)


def test_what_the_seat_cannot_do_stays_denied() -> None:
    """A question is held against what the seat can carry out like any other."""
    more = 'overlay more version 1;\nrule tell: ask send require notify("security");'
    said = decided(bound(PEOPLE, GUARD, more), ANA, [soft()], terms=engine.PLAIN).verdict

    assert (said.effect, said.code) == (Effect.DENY, ReasonCode.UNSUPPORTED_OBLIGATION)


def judging(drawn: Sequence[Bound], scores: Sequence[tuple[int, str]]) -> list[Bound]:
    """Give drawn policies denying judgement rules."""
    made = list(drawn)
    for at, clause in scores:
        one = made[at % len(made)]
        name = f"judged{len(one.policy.rules)}"
        text = f'rule {name}: deny * when classify("off_task") >= 0.{at % 9 + 1}{clause};'
        (rule,) = parse(Source("x", f"overlay x version 1;\n{text}")).rules
        policy = syntax.Policy(one.policy.header, (*one.policy.statements, rule))
        made[at % len(made)] = Bound(policy, one.tools)
    return made


SCORES = st.one_of(
    st.decimals(0, 1, places=2),
    st.sampled_from([Unknown(one, "classify") for one in (Cause.TIMEOUT, Cause.NO_GUARD)]),
)
SOFTENED = st.sampled_from(
    [
        "ask *",
        'ask * when tool == "send"',
        "ask * when args.amount > 3",
        'ask * when not args.to from [untrusted] and args.to == "a@b.example"',
    ]
)


@given(
    drawn=st.lists(drawing.policies(), min_size=1, max_size=3),
    scores=st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["", "", " final"])), max_size=3),
    text=SOFTENED,
    made=drawing.calls(),
    drawn_state=states,
    score=SCORES,
)
def test_softening_asks_at_most(  # noqa: PLR0913, PLR0917 - all that is drawn
    drawn: list[syntax.Policy],
    scores: list[tuple[int, str]],
    text: str,
    made: ToolCall,
    drawn_state: Drawn,
    score: Any,
) -> None:
    """Laws 1 to 3: whatever is bound and known, soft denials alone change, and into questions."""
    here = judging(renamed(drawn, "p"), scores)
    rule = f'rule m_a: {text} approver role "security" mode shadow;'
    memory = soft(f"overlay soften_a version 1;\n{rule}")
    before = decided(here, made, (), Scored(drawn_state, score)).verdict
    after = decided(here, made, [memory], Scored(drawn_state, score)).verdict
    event("softened" if after != before else "as before")
    if after == before:
        return

    bare = [without_judgement(one) for one in here]
    assert (before.effect, after.effect) == (Effect.DENY, Effect.ASK)
    assert before.code is ReasonCode.RULE
    assert evaluate(bare, made, NOW, Scored(drawn_state, score)).effect is not Effect.DENY
    assert denied_by_models(before, here)
    assert not isinstance(score, Unknown)
    denied = [one.rule for one in after.reasons if one.code is ReasonCode.SOFTENED]
    finals = {r.name for one in here for r in one.policy.rules if r.retryable is False}
    assert denied
    assert not finals & set(denied)


def test_what_softens_is_asked_of_denials_alone() -> None:
    """Nothing more is asked about a call that models let pass."""
    asked: list[str] = []

    class Watched(Scored):
        def session_has(self, label: str, by: str | None) -> Any:
            asked.append(label)
            return super().session_has(label, by)

    text = "overlay soften_a version 1;\nlabel read as secret;\n"
    text += 'rule m_a: ask send when session has secret approver role "security" mode shadow;'
    here = bound(PEOPLE, GUARD)
    decided(here, ANA, [soft(text)], Watched(NOTHING_KNOWN, Decimal("0.1")))
    assert asked == []

    decided(here, ANA, [soft(text)], Watched(NOTHING_KNOWN, Decimal("0.9")))
    assert asked == ["secret"]


def entry(**more: Any) -> Binding:
    return replace(Binding("soften_a", tenants=("default",), soften="ask"), **more)


def test_what_softens_judges_nothing() -> None:
    """It stands apart from what judges and from shadows, for the calls of its own tenant."""
    here = (*bound(PEOPLE, GUARD), soft())
    policies = PolicySet(here, "sha256:0", bindings=(entry(),))
    mine, others = policies.at(WHOM), policies.at(replace(WHOM, tenant="other"))

    assert [one.policy.name for one in mine.bound] == ["people", "guard"]
    assert [one.policy.name for one in mine.softening] == ["soften_a"]
    assert mine.shadowed == others.shadowed == others.softening == ()
    assert [one.policy.name for one in policies.reaching("http", None)] == ["people", "guard"]


@pytest.mark.parametrize(
    ("one", "text", "words"),
    [
        (entry(tenants=None), SOFTEN, "names one tenant"),
        (entry(tenants=("a", "b")), SOFTEN, "names one tenant"),
        (entry(tenants=("a*",)), SOFTEN, "names one tenant"),
        (entry(), SOFTEN.replace("overlay", "policy"), "must be an overlay"),
        (entry(), SOFTEN.replace(" mode shadow", "", 1), "stand in shadow"),
        (entry(), SOFTEN.replace('role "security"', "user", 1), "ask a role"),
        (entry(), SOFTEN.replace('approver role "security" ', "", 1), "ask a role"),
        (
            entry(),
            SOFTEN.replace("ask", "deny", 1).replace('approver role "security" ', "", 1),
            "ask a role",
        ),
        (entry(), GUARD.replace("guard", "soften_a"), "ask no model"),
    ],
)
def test_what_memory_would_not_write_is_refused(one: Binding, text: str, words: str) -> None:
    """An overlay that softens asks a role of one tenant, by code, and enforces nothing itself."""
    with pytest.raises(BindingsError, match=words):
        refuse_softening([one], {"soften_a": soft(text)}, learned=True)


def test_people_do_not_soften_by_bindings() -> None:
    """In a folder the word is refused, whatever it is said of; in what memory joined it stands."""
    with pytest.raises(BindingsError, match="memory's alone"):
        refuse_softening([entry()], {"soften_a": soft()}, learned=False)

    refuse_softening([entry()], {"soften_a": soft()}, learned=True)


def test_a_folder_that_softens_is_not_taken_up(tmp_path: Path) -> None:
    """What memory joined reads back; as a folder of people the same files are refused."""
    bindings = '[[bind]]\npolicy = "soften_a"\ntenants = ["default"]\nsoften = "ask"\n'
    files = {"people.bar": PEOPLE, "soften.bar": SOFTEN, "bindings.toml": bindings}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(DrawbarError, match="memory's alone"):
        load([tmp_path])
    assert [one.soften for one in load([tmp_path], learned=True).bindings] == ["ask"]


@pytest.mark.parametrize(
    "written",
    ['soften = "allow"', "soften = true", 'soften = "deny"', 'soften = "ask"\nrollout = "shadow"'],
)
def test_only_ask_is_a_way_to_soften(written: str) -> None:
    """Anything else than `ask` refuses the whole file."""
    with pytest.raises(BindingsError, match="soften"):
        read_bindings(
            Source("bindings.toml", f'[[bind]]\npolicy = "a"\ntenants = ["default"]\n{written}\n')
        )
