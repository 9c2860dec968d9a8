"""Keeps of a decided call what memory may learn from, sealed beside its record."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.binding.softening import denied_by_models
from app.deciding.canary import is_canary
from app.deciding.question import Question
from app.deciding.shield import shielded
from app.policy.policies import PolicySet
from dsl.errors import Source
from dsl.evaluation.scope import Names, names_of
from dsl.model import Decision, Effect, ReasonCode, ToolCall, Verdict
from dsl.parse import parse
from dsl.toolspec import Tool, Tools
from memory.evidence.evidence import Piece
from memory.evidence.kind import Kind
from memory.induction.case import Features
from memory.induction.field import fields
from memory.induction.reading import Reader
from memory.learning.packing import packed
from memory.learning.terms import Terms, tools_of
from memory.sessions.sessions import Turn

_DECIDED: Final = (ReasonCode.RULE, ReasonCode.DEFAULT, ReasonCode.NO_RULE, ReasonCode.OBSERVE)
_MOST: Final = 64  # tenants whose terms are remembered
TermsOf = Callable[[PolicySet, str], Terms]


class Known:
    """The terms of one tenant, as calls are read by them."""

    def __init__(self, terms: Terms) -> None:
        head = "\n".join(("overlay memory version 1;", *terms.declarations, ""))
        policy = parse(Source("memory", head))
        self.names: Names = names_of(policy)
        self.tools: Tools = tools_of(terms.tools)
        self._labels = [one.name for one in policy.labels]
        self._readers: dict[str, Reader] = {}

    def reader(self, tool: Tool) -> Reader:
        """Return what reads the calls of a tool."""
        found = self._readers.get(tool.name)
        if found is None:
            found = Reader.of(fields(tool, self.names), self.names, self._labels)
            self._readers[tool.name] = found
        return found

    def warm(self) -> None:
        """Make the readers of all tools: off the loop, as it takes a while."""
        for tool in self.tools.by_name.values():
            self.reader(tool)


class Noticing:
    """Tells of decisions what memory may know of them; where it cannot, nothing is kept."""

    def __init__(
        self, terms_of: TermsOf, fault: Callable[[], None], changed: Callable[[str], None]
    ) -> None:
        self._terms_of = terms_of
        self._fault = fault
        self._changed = changed
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    def known(self, policies: PolicySet, tenant: str) -> Known:
        """Return the terms of a tenant, read once for as long as its policies are in force."""
        name = (policies.digest, tenant)
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Known(self._terms_of(policies, tenant))
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found

    def noticed(
        self, question: Question, turn: Turn, policies: PolicySet, said: Decision
    ) -> "Noticed | None":
        """Return what is known of a call before people were asked about it, or it was let go."""
        verdict = said.verdict
        if question.terms.dry_run or is_canary(question.call) or verdict.code not in _DECIDED:
            return None

        def look() -> Noticed | None:
            known = self.known(policies, question.owner.tenant)
            tool = known.tools.find(question.call)
            if tool is None:
                return None
            state = turn.state(question.call, [known.names.policy])
            features = known.reader(tool).features(question.call, state, said.now)
            found = _noticed(question.call, features, policies, verdict)
            if _is_softened(verdict):
                self._changed("deny_to_ask")
            elif found.base is Effect.ALLOW and verdict.effect is Effect.ASK:
                self._changed("allow_to_ask")
            return found

        def give_up() -> None:
            self._fault()

        return shielded(look, give_up, call_id=question.call.call_id)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A call as memory may know it, and what people's policies said."""

    tool: str
    features: dict[str, Any]
    base: Effect
    soft: bool
    would: Effect | None

    def piece(self, call: ToolCall, decision: Decision) -> Piece:
        """Return what is sealed once it is known what came of the call."""
        effect = self.would or decision.effect
        told = {
            "tool": self.tool,
            "features": self.features,
            "base": [str(self.base), self.soft],
            "effect": str(effect),
        }
        return Piece(Kind.FEATURES, told, decision.id, call.session, call.call_id)


def _noticed(call: ToolCall, features: Features, policies: PolicySet, verdict: Verdict) -> Noticed:
    base = base_of(verdict, policies.learned)
    softly = _is_softened(verdict) or denied_by_models(verdict, policies.bound)
    soft = base is Effect.DENY and verdict.would is None and softly
    return Noticed(call.qualified, packed(features), base, soft, verdict.would)


def base_of(verdict: Verdict, learned: frozenset[str]) -> Effect:
    """Return what people's policies said: what memory alone asked about, they allowed or denied."""
    effect = verdict.would or verdict.effect
    if _is_softened(verdict):
        return Effect.DENY
    by_memory = bool(verdict.reasons) and all(one.policy in learned for one in verdict.reasons)
    return Effect.ALLOW if effect is Effect.ASK and by_memory else effect


def _is_softened(verdict: Verdict) -> bool:
    return any(one.code is ReasonCode.SOFTENED for one in verdict.reasons)
