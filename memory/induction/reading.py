"""What of a call becomes a feature: declared arguments, who acts for whom, what a host asserts.

Never: undeclared arguments, results, who the subject is, the time. Of a value that came `from
untrusted`, of an identifier `from nowhere`, and where either is not known, its origin alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dsl import syntax, unreadable
from dsl.evaluation import conditions
from dsl.evaluation.scope import Names, Purse, Scope
from dsl.model import ToolCall
from dsl.state import State
from dsl.types import Unknown
from memory.induction.case import Features, Withheld
from memory.induction.field import Field

_SIMPLE = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the calls of one tool; `labels` are those that the policies declare."""

    fields: Mapping[tuple[str | int, ...], Field]
    names: Names
    labels: Sequence[str] = ()

    @classmethod
    def of(cls, fields: Sequence[Field], names: Names, labels: Sequence[str] = ()) -> "Reader":
        """Return a reader of some declared arguments."""
        return cls({one.steps: one for one in fields}, names, tuple(sorted(labels)))

    def features(self, call: ToolCall, state: State, now: datetime) -> Features:
        """Return all that memory may know of a call."""
        scope = Scope(call, now, self.names, state)
        args = self._kept(unreadable.seen(call.args), (), scope)
        return Features(
            args=args if isinstance(args, dict) else {},
            agent=call.agent,
            roles=tuple(sorted(call.subject.roles)),
            context={k: v for k, v in sorted(call.context.items()) if isinstance(v, _SIMPLE)},
            labels=frozenset(one for one in self.labels if state.session_has(one, None) is True),
        )

    def _kept(self, value: Any, steps: tuple[str | int, ...], scope: Scope) -> Any:
        """Return a value without what is not declared and what is tainted; None: nothing of it."""
        field = self.fields.get(steps)
        if field is not None:
            return self._field(field, value, scope)
        if not isinstance(value, Mapping):
            return None
        inner = {k: self._kept(one, (*steps, k), scope) for k, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None}

    def _field(self, field: Field, value: Any, scope: Scope) -> Any:
        if field.many and isinstance(value, list | tuple):
            placed = (((*field.steps, at), one) for at, one in enumerate(value))
            return [self._leaf(field, one, steps, scope) for steps, one in placed]
        return self._leaf(field, value, field.steps, scope)

    def _leaf(self, field: Field, value: Any, steps: tuple[str | int, ...], scope: Scope) -> Any:
        if value is None or isinstance(value, bool):
            return value  # a truth value comes from nowhere, and one bit carries no words
        untrusted = _told(steps, "untrusted", scope)
        nowhere = _told(steps, "nowhere", scope) if field.identifies else False
        clean = untrusted is False and nowhere is False
        return value if clean and isinstance(value, _SIMPLE) else Withheld(untrusted, nowhere)


def _told(steps: tuple[str | int, ...], level: str, scope: Scope) -> bool | None:
    """Ask where a value came from, as a rule would; None where that cannot be told."""
    asked = syntax.From(syntax.Path("args", steps), (syntax.Level(level),))
    told = conditions.evaluate(asked, scope.judging(scope.effect, Purse()))
    return None if isinstance(told, Unknown) else told
