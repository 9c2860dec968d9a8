"""A session kept in memory: the reference that tests of policies are decided by.

It follows the law of sessions with plain means: every question looks through all that was said
and given back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from dsl import selectors, syntax, unreadable
from dsl.evaluation.scope import kind_at
from dsl.model import Cause, Subject, ToolCall
from dsl.session import audience, delegation, labels
from dsl.session.asked import Asked, asked
from dsl.session.entities import entities
from dsl.session.leaves import beside, leaves, names, rows
from dsl.session.levels import level, levels
from dsl.session.matching import UNREADABLE, WEAK, meets
from dsl.session.nouns import nouns
from dsl.state import Argument, Decided, Origins, Outcome, PastCall, Place
from dsl.types import Truth, Unknown, Unreadable, all_of, any_of, negate

_STRAY: Final = PastCall("-", {}, datetime.min.replace(tzinfo=UTC))
_ACCEPTED: Final = ("user", "approved", "trusted", "internal")


@dataclass(slots=True)
class _Let:
    """A call that was let through, with the place of both its ends in the order of events."""

    call: PastCall
    subject: Subject
    agent: str | None
    began: int
    ended: int | None = None


@dataclass(slots=True)
class Session:
    """What happened so far; `policies` are those whose labels count."""

    policies: Sequence[syntax.Policy] = ()
    texts: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    call: ToolCall = field(default_factory=lambda: ToolCall("c", "-", {}))
    strays: list[Any] = field(default_factory=list)  # results of calls that nobody decided
    approved: list[ToolCall] = field(default_factory=list)  # as a person saw and released them
    _past: dict[int, _Let] = field(default_factory=dict)
    _never_ran: list[PastCall] = field(default_factory=list)
    _number: int = 0

    # What happens

    def let(self, call: ToolCall, at: datetime) -> int:
        """Remember a call that is let through; return which one it is."""
        args, turn = unreadable.seen(call.args), len(self.texts)
        one = PastCall(call.tool, args, at, Outcome.RESERVED, call.server, turn=turn)
        self._number += 1
        self._past[self._number] = _Let(one, call.subject, call.agent, self._number)
        return self._number

    def came(self, number: int, result: Any, outcome: Outcome) -> None:
        """Remember what came back of a call."""
        known = self._past[number]
        self._number += 1
        known.call = replace(known.call, result=unreadable.seen(result), outcome=outcome)
        known.ended = self._number

    def stray(self, result: Any) -> None:
        """Remember what came back of a call that nobody let through."""
        self.strays.append(unreadable.seen(result))

    def forget(self, number: int) -> None:
        """Take back a call that was let through and never ran; what it marked stays marked."""
        self._never_ran.append(self._past.pop(number).call)

    def ran(self, call: ToolCall, at: datetime, result: Any, outcome: Outcome) -> None:
        """Remember a call that was let through and has come back."""
        self.came(self.let(call, at), result, outcome)

    def approve(self, call: ToolCall) -> None:
        """Remember a call that a person approved, as it was asked for or as it was released."""
        self.approved.append(call)

    # What is asked: see `dsl.state.State`

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the earlier calls of the window."""
        return [
            one.call
            for one in self._past.values()
            if (since is None or one.call.at >= since)
            and (per != "subject" or one.subject.id == self.call.subject.id)
            and (per != "agent" or one.agent == self.call.agent)
        ]

    def turn(self) -> int | Unknown:
        """Return how often the user spoke."""
        return len(self.texts) or Unknown(Cause.NO_USER_EVENTS, "user")

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        """Look for a value in the user's words, in every result and in what was approved."""
        wanted = asked(value, kind)
        if wanted is None:
            return UNREADABLE
        found: dict[str, list[Truth]] = {
            "user": [self._from_user(wanted, at)],
            "approved": [self._was_approved(wanted, at)],
        }
        tools: dict[str, list[Truth]] = {}
        for one, of_level, met in self._met(policy, wanted):
            found.setdefault(of_level, []).append(met)
            tools.setdefault(_qualified(one), []).append(met)
        return Origins(
            {name: any_of(met) for name, met in found.items()},
            {name: any_of(met) for name, met in tools.items()},
        )

    def _from_user(self, wanted: Asked, at: Argument | None) -> Truth:
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        named = nouns(at)
        return any_of(meets(wanted, text, nouns=named) for text in self.texts)

    def _was_approved(self, wanted: Asked, at: Argument | None) -> Truth:
        """Tell whether a person approved this value at this place of this tool."""
        if at is None:
            return False
        return any(
            wanted.equals(leaf)
            for call in self.approved
            if (call.server, call.tool) == (at.server, at.tool)
            for place, leaf in leaves(call.args)
            if _without_numbers(place) == _without_numbers(at.steps)
            and not isinstance(leaf, Unreadable)
        )

    def _met(self, policy: syntax.Policy, wanted: Asked) -> Iterator[tuple[PastCall, str, Truth]]:
        """Yield where a value is found in results, by the level that the policy gives the place."""
        for let in self._past.values():
            here = list(_found(policy, let.call, wanted))
            echoed = self._echoed(let, wanted) if here else False
            for of_level, found in here:
                yield let.call, of_level, all_of((found, negate(echoed)))
        for result in self.strays:
            for _, leaf in (*leaves(result), *names(result)):
                yield _STRAY, "untrusted", meets(wanted, leaf)

    def _echoed(self, result_of: _Let, wanted: Asked) -> Truth:
        """Tell whether a tool may have been given the value: then its result proves nothing new.

        Every call that was let through before the result came back counts, whatever became of it.
        """
        given = (
            leaf
            for let in self._past.values()
            if let is result_of or result_of.ended is None or let.began < result_of.ended
            for _, leaf in (*leaves(let.call.args), *names(let.call.args))
        )
        return any_of(meets(wanted, leaf) for leaf in given)

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        """Return the objects in a tool's results that hold a value beside others."""
        wanted = asked(value, kind)
        if wanted is None:
            return UNREADABLE
        found: list[Any] = []
        for let in self._past.values():
            one = let.call
            if one.outcome is Outcome.FAILED or not selectors.names(tool, one.server, one.tool):
                continue
            holding = [row for row in rows(one.result) if any(map(wanted.equals, beside(row)))]
            echoed = self._echoed(let, wanted) if holding else True
            if isinstance(echoed, Unknown):
                found.append(echoed)
            elif not echoed:
                found += holding
        return found

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        """Tell whether a call with accepted arguments alone gave the value."""
        wanted = asked(value, kind)
        if wanted is None:
            return UNREADABLE
        return any_of(
            all_of((negate(self._echoed(let, wanted)), self._accepted(policy, let.call)))
            for let in self._past.values()
            if let.call.outcome is not Outcome.FAILED
            and any(wanted.equals(leaf) for _, leaf in leaves(let.call.result))
        )

    def _accepted(self, policy: syntax.Policy, one: PastCall) -> Truth:
        """Tell whether every argument of an earlier call has an accepted origin."""
        return all_of(
            self._is_accepted(policy, leaf, Argument(one.server, one.tool, _without_numbers(place)))
            for place, leaf in leaves(one.args)
        )

    def _is_accepted(self, policy: syntax.Policy, leaf: Any, at: Argument) -> Truth:
        if isinstance(leaf, Unreadable):
            return UNREADABLE
        origins = self.origins(policy, leaf, kind_at(policy, at), at)
        if isinstance(origins, Unknown):
            return origins
        return any_of(origins.levels.get(one, False) for one in _ACCEPTED)

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        """Return the typed values inside a text."""
        found = entities(text)
        return Unknown(Cause.UNREADABLE, "entities") if found is None else found

    def user_texts(self) -> Sequence[str] | Unknown:
        """Return what the user wrote."""
        return self.texts or Unknown(Cause.NO_USER_EVENTS, "user")

    def delegated(self) -> Truth:
        """Tell whether the user's words hand the choice over."""
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        return delegation.delegated(self.texts)

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        """Tell whether a call to a source of this level was let through."""
        if level == "untrusted" and self.strays:
            return True
        return any(level in levels(policy, one) for one in self._marking())

    def _marking(self) -> Iterator[PastCall]:
        """Yield the calls that were let through: that alone marks a session, for good."""
        yield from self._never_ran
        yield from (let.call for let in self._past.values())

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        """Tell whether a value, or words of a text, stood in a labelled field."""
        free = self.texts if lifted else ()
        return any_of(
            all_of((marks, labels.carries(value, leaf, free)))
            for policy, declared in self._declared(label, by, to)
            for let in self._past.values()
            for marks, leaf in labels.marked(policy, declared, let.call)
        )

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether a call that may give something labelled back was let through."""
        return any_of(
            labels.holds(policy, declared, one)
            for policy, declared in self._declared(label, by)
            for one in self._marking()
            if any(selectors.names(field.tool, one.server, one.tool) for field in declared.fields)
        )

    def _declared(
        self, label: str, by: str | None, to: Sequence[Place] = ()
    ) -> Iterator[tuple[syntax.Policy, syntax.Label]]:
        """Yield the declarations of a label: every policy's, or one policy's own.

        Those whose audience a call keeps to are left out.
        """
        for policy in self.policies:
            for one in policy.labels if by is None or policy.name == by else ():
                if one.name == label and not audience.permits(policy, one, to):
                    yield policy, one

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that the test gives."""
        return self.facts.get(fact, Unknown(Cause.NO_FACT, f"fact.{fact}"))

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return a fact that the test gives, whatever it would be asked with."""
        return self.given(fact.name)

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return a score that the test gives, else what code decided."""
        other = Unknown(Cause.NO_GUARD, judged.name) if decided is None else decided.score
        return self.scores.get(judged.text, other)


def _found(policy: syntax.Policy, one: PastCall, wanted: Asked) -> Iterator[tuple[str, Truth]]:
    """Yield where a value is found in one result.

    Names of members count as well: as entire ones where they are trusted, and never as strongly.
    """
    for place, leaf in leaves(one.result):
        of_level, whole = level(policy, one, place)
        if isinstance(leaf, Unreadable):
            yield "untrusted", UNREADABLE
        elif (found := meets(wanted, leaf, whole=whole)) is not False:
            yield of_level, found
    for place, name in names(one.result):
        of_level, _ = level(policy, one, place)
        found = meets(wanted, name, whole=of_level != "untrusted")
        if found is not False:
            yield of_level, WEAK if wanted.short else found


def _qualified(one: PastCall) -> str:
    return f"{one.server}/{one.tool}" if one.server else one.tool


def _without_numbers(place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a place with every element of a list alike."""
    return tuple(syntax.EACH if isinstance(step, int) else step for step in place)
