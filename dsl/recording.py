"""Writes down what a decision asks of its state, and what it is told."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dsl import strictjson, syntax
from dsl.evaluation import transforms
from dsl.model import Atom, ToolCall
from dsl.state import Argument, Decided, Origins, PastCall, Place, State
from dsl.types import Truth, Unknown

MOST: Final = 256  # questions that are written down; the answers are given all the same
SENTENCE: Final = 16  # digits of a digest
_KNOWN: Final = "known"


class Recording:
    """A state that gives the answers of another one, and keeps each question once."""

    def __init__(
        self,
        state: State,
        call: ToolCall | None = None,
        enforced: Callable[[syntax.Judged], bool] = lambda _: False,
    ) -> None:
        """Record what is asked about a call; `enforced` tells scores that rules in force rest on.

        Without a call the one that is scored first is taken for it.
        """
        self._state = state
        self._enforced = enforced
        self._forms = Forms(call)
        self._atoms: dict[tuple[Any, ...], Atom] = {}
        self.left_off = 0

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Return what was asked so far, in its order; and how much more there was, if any."""
        more = (Atom("left_off", {}, self.left_off),) if self.left_off else ()
        return (*self._atoms.values(), *more)

    def _note(self, question: str, answer: Any, value: Any = None, **about: Any) -> None:
        told = {name: str(one) for name, one in about.items() if one is not None}
        key = (question, *told.items(), value if isinstance(value, str) else (repr(value),))
        if key in self._atoms:
            return
        if len(self._atoms) >= MOST:
            self.left_off += 1
            return
        self._atoms[key] = Atom(question, told, answer, value)

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """See `State`, here and below."""
        found = self._state.past(per, since)
        counted = found if isinstance(found, Unknown) else _outcomes(found)
        self._note("past", said(counted), per=per, since=since)
        return found

    def turn(self) -> int | Unknown:
        found = self._state.turn()
        self._note("turn", said(found))
        return found

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        found = self._state.origins(policy, value, kind, at)
        answer = said(found) if isinstance(found, Unknown) else _seen_in(found)
        tool = None if at is None else f"{at.server}/{at.tool}" if at.server else at.tool
        place = None if at is None else _pointer(at.steps)
        self._note("origins", answer, value, policy=policy.name, kind=kind, tool=tool, at=place)
        return found

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        found = self._state.records(policy, value, tool, kind)
        self._note("records", _number(found), value, policy=policy.name, kind=kind, tool=tool)
        return found

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        found = self._state.directed(policy, value, kind)
        self._note("directed", said(found), value, policy=policy.name, kind=kind)
        return found

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        found = self._state.entities(text)
        self._note("entities", _number(found), text)
        return found

    def user_texts(self) -> Sequence[str] | Unknown:
        found = self._state.user_texts()
        self._note("user_texts", _number(found))
        return found

    def delegated(self) -> Truth:
        found = self._state.delegated()
        self._note("delegated", said(found))
        return found

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        found = self._state.saw(policy, level)
        self._note("saw", said(found), policy=policy.name, level=level)
        return found

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        found = self._state.labelled(value, label, by, lifted=lifted, to=to)
        self._note("labelled", said(found), value, label=label, by=by, lifted=lifted)
        return found

    def session_has(self, label: str, by: str | None) -> Truth:
        found = self._state.session_has(label, by)
        self._note("session_has", said(found), label=label, by=by)
        return found

    def given(self, fact: str) -> Any | Unknown:
        found = self._state.given(fact)
        self._fact("given", found, fact=fact)
        return found

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        found = self._state.look_up(fact, args)
        source = None if fact.lookup is None else fact.lookup.source
        self._fact("look_up", found, fact=fact.name, source=source)
        return found

    def _fact(self, question: str, found: Any | Unknown, **about: Any) -> None:
        unknown = isinstance(found, Unknown)
        self._note(
            question, said(found) if unknown else _KNOWN, None if unknown else found, **about
        )

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        found = self._state.score(judged, value, call, decided)
        self._note("score", said(found), value, **self.asked_of(judged, call, decided))
        return found

    def asked_of(
        self, judged: syntax.Judged, call: ToolCall, decided: Decided | None = None
    ) -> dict[str, Any]:
        """Return what names a score: also which form of the call it is of, and whether it decides.

        What is said for rules in shadow may rest on nothing, so replay must not decide by it.
        """
        number = self._forms.number(call)
        decides = {"enforced": self._enforced(judged)}
        named = {**score_of(judged), **where(decided)}
        return {**named, **decides, "changed": number or None}


class Forms:
    """A call as it was asked about, and as rules changed it, numbered as they come."""

    def __init__(self, call: ToolCall | None = None) -> None:
        self._met: list[Any] = [] if call is None else [call.args]

    def number(self, call: ToolCall) -> int:
        """Return 0 for the call itself, then 1 and so on for what became of it."""
        for number, one in enumerate(self._met):
            if one is call.args or transforms.same(one, call.args):
                return number
        self._met.append(call.args)
        return len(self._met) - 1


def digest_of(sentence: str) -> str:
    """Return what names a sentence in a record."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:SENTENCE]


def score_of(judged: syntax.Judged) -> dict[str, str | None]:
    """Return what names a learned score: its sentence by a digest, as it may be a caller's own."""
    named = {"judgement": judged.name, "sentence": digest_of(judged.text)}
    return {**named, "kind": judged.kind, "polarity": judged.polarity}


def where(decided: Decided | None) -> dict[str, str]:
    """Return what tells apart what one sentence means in several rules."""
    return {} if decided is None else {"policy": decided.policy, "rule": decided.rule}


def said(answer: Any) -> Any:
    """Return an answer as it is written down: an unknown by its cause."""
    if isinstance(answer, Unknown):
        return f"unknown: {answer.cause}"
    return answer if isinstance(answer, bool | int | Mapping) else str(answer)


def _number(found: Sequence[Any] | Unknown) -> Any:
    return said(found) if isinstance(found, Unknown) else len(found)


def _outcomes(calls: Sequence[PastCall]) -> Mapping[str, int]:
    return dict(Counter(str(one.outcome) for one in calls))


def _seen_in(found: Origins) -> Mapping[str, Any]:
    """Return the levels and tools where something was seen, or may have been."""
    both = {**found.levels, **found.tools}
    return {name: said(truth) for name, truth in both.items() if truth is not False}


def _pointer(steps: Sequence[str | int]) -> str:
    """Return where a value stands, as JSON pointers say it."""
    return "".join(strictjson.pointer(str(step)) for step in steps)
