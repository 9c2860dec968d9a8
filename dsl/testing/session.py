"""A session kept in memory: what tests of policies are decided by.

It follows the law of sessions with plain means: every question looks through all that was said and
given back. A label is never lifted here, and no argument counts as approved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from dsl import kinds, selectors, syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Subject, ToolCall
from dsl.state import Origins, Outcome, PastCall
from dsl.testing import seen
from dsl.types import Truth, Unknown, Unreadable, all_of, any_of, is_number

_WORDS: Final = 4  # so many words of a labelled text in a row carry its label
_STRAY: Final = PastCall("-", {}, datetime.min.replace(tzinfo=UTC))
_ACCEPTED: Final = ("user", "approved", "trusted", "internal")


@dataclass(slots=True)
class Session:
    """What happened so far; `policies` are those whose labels count."""

    policies: Sequence[syntax.Policy] = ()
    texts: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    call: ToolCall = field(default_factory=lambda: ToolCall("c", "-", {}))
    strays: list[Any] = field(default_factory=list)  # results of calls that nobody decided
    _past: dict[int, tuple[PastCall, Subject, str | None]] = field(default_factory=dict)
    _number: int = 0

    # What happens

    def let(self, call: ToolCall, at: datetime) -> int:
        """Remember a call that is let through; return which one it is."""
        one = PastCall(
            call.tool, call.args, at, Outcome.RESERVED, call.server, turn=len(self.texts)
        )
        self._number += 1
        self._past[self._number] = (one, call.subject, call.agent)
        return self._number

    def came(self, number: int, result: Any, outcome: Outcome) -> None:
        """Remember what came back of a call."""
        one, subject, agent = self._past[number]
        self._past[number] = (replace(one, result=result, outcome=outcome), subject, agent)

    def forget(self, number: int) -> None:
        """Take back a call that was let through and never ran."""
        del self._past[number]

    def ran(self, call: ToolCall, at: datetime, result: Any, outcome: Outcome) -> None:
        """Remember a call that was let through and has come back."""
        self.came(self.let(call, at), result, outcome)

    # What is asked: see `dsl.state.State`

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the earlier calls of the window."""
        return [
            one
            for one, subject, agent in self._past.values()
            if (since is None or one.at >= since)
            and (per != "subject" or subject.id == self.call.subject.id)
            and (per != "agent" or agent == self.call.agent)
        ]

    def turn(self) -> int | Unknown:
        """Return how often the user spoke."""
        return len(self.texts) or Unknown(Cause.NO_USER_EVENTS, "user")

    def origins(self, policy: syntax.Policy, value: Any, kind: str | None) -> Origins | Unknown:
        """Look for a value in the user's words and in every result."""
        wanted = seen.form(value, kind)
        if wanted is None:
            return Unknown(Cause.UNREADABLE, "origin")
        levels: dict[str, Truth] = {"user": self._from_user(value, wanted, kind)}
        tools: dict[str, Truth] = {}
        for one, level, whole, leaf in self._results(policy):
            if self._echoed(one, wanted, kind):
                continue
            found = _meets(value, wanted, kind, leaf, whole=whole)
            name = f"{one.server}/{one.tool}" if one.server else one.tool
            levels[level] = any_of((levels.get(level, False), found))
            tools[name] = any_of((tools.get(name, False), found))
        return Origins(levels, tools)

    def _from_user(self, value: Any, wanted: str, kind: str | None) -> Truth:
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        return any_of(_meets(value, wanted, kind, text, whole=False) for text in self.texts)

    def _results(self, policy: syntax.Policy) -> Iterator[tuple[PastCall, str, bool, Any]]:
        """Yield every leaf of every result with the level that the policy gives it."""
        for one, _, _ in self._past.values():
            for place, leaf in seen.leaves(one.result):
                level, whole = _level(policy, one, place)
                yield one, "untrusted" if isinstance(leaf, Unreadable) else level, whole, leaf
        for result in self.strays:
            for _, leaf in seen.leaves(result):
                yield _STRAY, "untrusted", False, leaf

    def _echoed(self, result_of: PastCall, wanted: str, kind: str | None) -> bool:
        """Tell whether a tool was itself given the value: then its result proves nothing new."""
        for one, _, _ in self._past.values():
            given = (leaf for _, leaf in seen.leaves(one.args))
            if any(_meets(wanted, wanted, kind, leaf, whole=False) is not False for leaf in given):
                return True
            if one is result_of:
                return False
        return False

    def records(self, policy: syntax.Policy, value: Any, tool: str) -> Sequence[Any] | Unknown:
        """Return the objects in a tool's results that hold a value beside others."""
        found: list[Any] = []
        wanted = seen.form(value, None)
        if wanted is None:
            return Unknown(Cause.UNREADABLE, "origin")
        for one, _, _ in self._past.values():
            if not selectors.names(tool, one.server, one.tool) or self._echoed(one, wanted, None):
                continue
            for row in seen.rows(one.result):
                beside = [leaf for place, leaf in seen.leaves(row) if len(place) <= 2]  # noqa: PLR2004 - a member, or an element of one
                if any(seen.form(leaf, None) == wanted for leaf in beside):
                    found.append(row)
        return found

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        """Tell whether a call with accepted arguments alone gave the value."""
        wanted = seen.form(value, kind)
        if wanted is None:
            return Unknown(Cause.UNREADABLE, "origin")
        producing = [
            one
            for one, _, _ in self._past.values()
            if any(seen.form(leaf, kind) == wanted for _, leaf in seen.leaves(one.result))
            and not self._echoed(one, wanted, kind)
        ]
        return any_of(self._accepted(policy, one.args) for one in producing)

    def _accepted(self, policy: syntax.Policy, args: Mapping[str, Any]) -> Truth:
        asked = (self.origins(policy, leaf, None) for _, leaf in seen.leaves(args))
        return all_of(
            origins
            if isinstance(origins, Unknown)
            else any_of(origins.levels.get(level, False) for level in _ACCEPTED)
            for origins in asked
        )

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        """Return the typed values inside a text."""
        return seen.entities(text)

    def user_texts(self) -> Sequence[str] | Unknown:
        """Return what the user wrote."""
        return self.texts or Unknown(Cause.NO_USER_EVENTS, "user")

    def delegated(self) -> Truth:
        """Whether the user handed the choice over is not read from words here."""
        return Unknown(Cause.NO_STATE, "user")

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        """Tell whether a call to a source of this level was let through."""
        if level == "untrusted" and self.strays:
            return True
        return any(level in _levels(policy, one) for one, _, _ in self._past.values())

    def labelled(self, value: Any, label: str, by: str | None) -> Truth:
        """Tell whether a value, or words of a text, stood in a labelled field."""
        return any_of(
            all_of((marks, _carries(value, leaf))) for marks, leaf in self._labels(label, by)
        )

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether a call that may give something labelled back was let through."""
        return any_of(
            _condition(policy, declared, one)
            for policy in self.policies
            if by is None or policy.name == by
            for one, _, _ in self._past.values()
            for declared in policy.labels
            if declared.name == label
            and any(selectors.names(field.tool, one.server, one.tool) for field in declared.fields)
        )

    def _labels(self, label: str, by: str | None) -> Iterator[tuple[Truth, Any]]:
        """Yield the leaves that a label stands on, and whether its condition holds."""
        for policy in self.policies:
            if by is not None and policy.name != by:
                continue
            for one, _, _ in self._past.values():
                for declared in policy.labels:
                    if declared.name == label:
                        yield from _marked(policy, declared, one)

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that the test gives."""
        return self.facts.get(fact, Unknown(Cause.NO_FACT, f"fact.{fact}"))

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return a fact that the test gives, whatever it would be asked with."""
        return self.given(fact.name)

    def score(self, judged: syntax.Judged, value: Any, call: ToolCall) -> Any | Unknown:
        """Return a score that the test gives."""
        return self.scores.get(judged.text, Unknown(Cause.NO_GUARD, judged.name))


def _meets(value: Any, wanted: str, kind: str | None, text: Any, *, whole: bool) -> Truth:
    """Tell whether a leaf is the value, or a text that holds it."""
    if isinstance(text, Unreadable):  # it may show anything
        return Unknown(Cause.UNREADABLE, "origin")
    if seen.form(text, kind) == wanted:
        return True
    if whole or not isinstance(text, str):
        return False
    if not seen.within(wanted, kind, text, number=is_number(value)):
        return False
    return Unknown(Cause.WEAK_MATCH, "origin") if seen.is_weak(value) else True


def _level(policy: syntax.Policy, one: PastCall, place: seen.Place) -> tuple[str, bool]:
    """Return the level of a field: the nearest declaration counts, and none is untrusted."""
    found = [
        (len(field.steps), source.level, source.whole)
        for source in policy.sources
        for field in source.fields
        if selectors.names(field.tool, one.server, one.tool) and seen.covers(field, place)
    ]
    if not found:
        return "untrusted", False
    nearest = max(length for length, _, _ in found)
    worst = ("untrusted", "internal", "trusted")
    at_nearest = [(level, whole) for length, level, whole in found if length == nearest]
    return min(at_nearest, key=lambda one: (worst.index(one[0]), not one[1]))


def _levels(policy: syntax.Policy, one: PastCall) -> set[str]:
    """Return the levels that a tool's results may have, whichever fields come back."""
    declared = {
        source.level
        for source in policy.sources
        for field in source.fields
        if selectors.names(field.tool, one.server, one.tool)
    }
    return {_level(policy, one, ())[0], *declared}


def _marked(
    policy: syntax.Policy, declared: syntax.Label, one: PastCall
) -> Iterator[tuple[Truth, Any]]:
    for field_ in declared.fields:
        if not selectors.names(field_.tool, one.server, one.tool):
            continue
        for place, leaf in seen.leaves(one.result):
            if seen.covers(field_, place):
                yield _condition(policy, declared, one), leaf


def _condition(policy: syntax.Policy, declared: syntax.Label, one: PastCall) -> Truth:
    if declared.condition is None:
        return True
    call = ToolCall("c", one.tool, one.args, one.server)
    scope = Scope(call, one.at, names_of(policy), content={"result": one.result})
    return conditions.evaluate(declared.condition, scope)


def _carries(value: Any, leaf: Any) -> bool:
    """Tell whether a value is, or holds, a labelled one."""
    wanted = seen.form(leaf, None)
    if wanted is not None and seen.form(value, None) == wanted:
        return True
    if not isinstance(value, str):
        return False
    if wanted is not None and seen.within(wanted, None, value, number=is_number(leaf)):
        return True
    words, text = str(kinds.read(leaf, "text")).split(), str(kinds.read(value, "text"))
    parts = (" ".join(words[at : at + _WORDS]) for at in range(len(words) - _WORDS + 1))
    return any(part in text for part in parts)
