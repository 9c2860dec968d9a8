"""What a decision asked is written down, and writing it down changes nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given

from dsl import syntax, walk
from dsl.evaluation.origin import LEVELS
from dsl.interpret import Bound, evaluate
from dsl.model import Atom, ToolCall
from dsl.recording import MOST, Recording
from dsl.state import NOTHING_KNOWN, Decided
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call, policy

POLICY = """
policy p version 1;
fact limit = given;
kind pay.to is iban;
rule origin: deny pay when not args.to from [user, trusted];
rule marked: deny pay when session saw untrusted;
rule often: deny pay when count(pay within 1h per subject) >= 2;
rule s: allow pay when fact.limit >= 5;
"""


@drawing.law(150)
@given(made=drawing.calls(), base=drawing.policies(), state=states)
def test_a_recorded_decision_is_the_same(made: ToolCall, base: syntax.Policy, state: Drawn) -> None:
    """The answers pass through as they are, for every policy, call and state."""
    recorded = Recording(state)

    assert evaluate([Bound(base)], made, NOW, recorded) == evaluate([Bound(base)], made, NOW, state)


@drawing.law(150)
@given(made=drawing.calls(), base=drawing.policies(), state=states)
def test_what_is_written_down_is_plain(made: ToolCall, base: syntax.Policy, state: Drawn) -> None:
    """Questions, what they are about, and answers hold texts, numbers and truths alone."""
    recorded = Recording(state)
    evaluate([Bound(base)], made, NOW, recorded)

    for atom in recorded.atoms:
        assert all(isinstance(one, str) for one in (*atom.about, *atom.about.values()))
        parts = atom.answer.values() if isinstance(atom.answer, dict) else [atom.answer]
        assert all(isinstance(one, str | bool | int) for one in parts)


class Told(Drawn):
    """A state that answers one question in a known way."""

    def given(self, fact: str) -> Any:
        return 7


def test_each_question_is_written_once_with_its_answer() -> None:
    """Origin by level, what the session saw, calls by outcome, and facts."""
    recorded = Recording(Told(1))
    made = call("pay", {"to": "DE89370400440532013000"})
    for _ in range(2):
        evaluate([Bound(policy(POLICY))], made, NOW, recorded)
    found = {atom.question: atom for atom in recorded.atoms}

    assert len(recorded.atoms) == len(found) == 4
    assert found["origins"].about == {"policy": "p", "kind": "iban", "tool": "pay", "at": "/to"}
    assert found["origins"].value == "DE89370400440532013000"
    assert set(found["origins"].answer) <= {*LEVELS, "srv/send"}
    assert found["given"] == Atom("given", {"fact": "limit"}, "known", 7)
    assert found["past"].about["per"] == "subject"


def test_unknown_answers_say_why() -> None:
    """Where nothing is known, the record says so with the cause."""
    recorded = Recording(NOTHING_KNOWN)
    evaluate([Bound(policy(POLICY))], call("pay", {"to": "x"}), NOW, recorded)

    answers = {atom.question: atom.answer for atom in recorded.atoms}
    assert answers["origins"] == answers["saw"] == answers["past"] == "unknown: no_state"
    assert answers["given"] == "unknown: no_fact"


class Scored(Drawn):
    """A state that has a score for each form of a call."""

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any:
        return Decimal(call.args["to"])


def test_each_form_of_a_call_has_its_score() -> None:
    """The call as it was asked about has no number; what rules made of it is told apart."""
    rule = 'rule s: deny pay when judge("x" as money forbids) >= 0.7;'
    judged = next(walk.nodes(policy(rule).rules[0].condition, syntax.Judged))
    made = call("pay", {"to": "0.1"})
    recorded = Recording(Scored(1), made, lambda _: True)
    for to in ("0.2", "0.1", "0.3", "0.2"):  # the call itself need not be scored first
        recorded.score(judged, None, replace(made, args={"to": to}))

    found = [(atom.about.get("changed"), atom.answer) for atom in recorded.atoms]
    assert found == [("1", "0.2"), (None, "0.1"), ("2", "0.3")]
    assert {atom.about["enforced"] for atom in recorded.atoms} == {"True"}


def test_too_many_questions_are_counted() -> None:
    """No call makes a record of any size."""
    recorded = Recording(NOTHING_KNOWN)
    for number in range(MOST + 3):
        recorded.entities(str(number))

    assert len(recorded.atoms) == MOST + 1
    assert recorded.atoms[-1] == Atom("left_off", {}, 3)
