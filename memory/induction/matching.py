"""Whether a condition holds of a case, told by the engine that decides calls.

A value that was withheld has its origin and nothing else: each test on it is unknown, and what is
unknown is no evidence.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dsl import selectors, syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import BUDGET, Names, Purse, Scope
from dsl.model import Cause, Effect, Subject, ToolCall
from dsl.state import Argument, Nothing, Origins
from dsl.types import Truth, Unknown
from memory.induction.case import Case, Withheld

_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)  # no condition of memory looks at it
_NOT_KNOWN: Final = Unknown(Cause.UNREADABLE, "origin")
_CLEAN: Final = Origins({"trusted": True})


class Remembered(Nothing):
    """What a case still knows of its session: the labels, and the origin of what was withheld."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self._labels = case.features.labels

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        """Return where a value came from; one that was kept is from somewhere that is accepted."""
        del policy, kind, at
        return _origins(value) if isinstance(value, Withheld) else _CLEAN

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether the session carried a label."""
        del by
        return label in self._labels


def _origins(value: Withheld) -> Origins:
    levels: Mapping[str, Truth]
    if value.untrusted is None:
        levels = {"untrusted": _NOT_KNOWN, "trusted": value.nowhere is False}
    elif value.untrusted:
        levels = {"untrusted": True}
    else:
        levels = {"user": _NOT_KNOWN if value.nowhere is None else not value.nowhere}
    return Origins(levels)


class Asked:
    """One case, as the engine is asked about it."""

    def __init__(self, case: Case, names: Names) -> None:
        self._purse = Purse()
        scope = Scope(call_of(case), _ANY_TIME, names, Remembered(case))
        self._scope = scope.judging(Effect.ASK, self._purse)

    def holds(self, condition: syntax.Condition) -> Truth:
        """Tell whether a condition holds of it; each has all the steps that a rule has."""
        self._purse.left = BUDGET
        return conditions.evaluate(condition, self._scope)


def is_about(tool: str, called: str) -> bool:
    """Tell whether rules on a tool take in calls of another name."""
    server, _, name = called.rpartition("/")
    return selectors.names(tool, server or None, name)


def call_of(case: Case) -> ToolCall:
    """Return the call of a case, as far as it is remembered."""
    features = case.features
    server, _, tool = case.tool.rpartition("/")
    return ToolCall(
        case.decision_id,
        tool,
        features.args,
        server or None,
        Subject(None, features.roles),
        features.agent,
        context=features.context,
    )
