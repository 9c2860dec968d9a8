"""A session and what happened in it, for tests to ask about."""

from typing import Any

from dsl import unreadable
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Unknown
from tests.dsl.making import NOW, call, policy

RAN, FAILED, RESERVED = Outcome.EXECUTED, Outcome.FAILED, Outcome.RESERVED
IBAN = "DE89370400440532013000"
OTHER = "GB29NWBK60161331926819"
ROW = "args.v from record(get_events) where record.title from user"


class Story:
    """A session and the policy that judges it; each step is one thing that happened."""

    def __init__(self, declared: str = "", *texts: str) -> None:
        self.declared = declared
        self.session = Session((policy(declared),), list(texts))

    def ran(
        self, tool: str, result: Any, outcome: Outcome = RAN, server: str | None = None, **args: Any
    ) -> "Story":
        self.session.ran(call(tool, args, server=server), NOW, result, outcome)
        return self

    def says(self, text: str, **args: Any) -> Any:
        """Return true, false, or the cause of an unknown."""
        made = policy(f"{self.declared} rule r: deny * when {text};")
        told = call(args=unreadable.seen(args))
        scope = Scope(told, NOW, names_of(made), self.session)
        assert made.rules[0].condition is not None
        found = conditions.evaluate(made.rules[0].condition, scope)
        return found.cause if isinstance(found, Unknown) else found
