"""Builds the clauses of a rule: (field of `Rule`, value, place)."""

from datetime import date as Day
from typing import Any, Final

from lark import Token, v_args
from lark.tree import Meta

from dsl import syntax
from dsl.build.expressions import Expressions
from dsl.build.tokens import MAX_COUNT, BuildError
from dsl.errors import Span
from dsl.evaluation import interpolate
from dsl.model import Effect, SourceLine

Clause = tuple[str, Any, Span]
_WORDS: Final = {
    "condition": "when",
    "retryable": "retry or final",
    "transforms": "with",
    "duties": "require",
    "shadow": "mode",
}


@v_args(meta=True)
class Clauses(Expressions):
    """One method a grammar rule."""

    def when(self, meta: Meta, parts: list[Any]) -> Clause:
        return "condition", self._condition(parts[0]), self._at(meta)

    def phase(self, meta: Meta, parts: list[Token]) -> Clause:
        return "phase", str(parts[0]), self._at(meta)

    def priority(self, meta: Meta, parts: list[syntax.Constant]) -> Clause:
        level = parts[0].value
        if not isinstance(level, int) or abs(level) > MAX_COUNT:
            message = "a whole number of at most 9 digits belongs here"
            raise BuildError(message, parts[0].span)
        return "priority", level, self._at(meta)

    def because(self, meta: Meta, parts: list[Token]) -> Clause:
        return "because", self._text(parts[0]), self._at(meta)

    def reply(self, meta: Meta, parts: list[Token]) -> Clause:
        text = self._text(parts[0])
        if fault := interpolate.fault(text):
            hint = "`{args.amount}` puts a value in; `{{` and `}}` are the signs themselves"
            raise BuildError(fault, self._at(parts[0]), hint)
        return "reply", text, self._at(meta)

    def retry(self, meta: Meta, _parts: list[Any]) -> Clause:
        return "retryable", True, self._at(meta)

    def final(self, meta: Meta, _parts: list[Any]) -> Clause:
        return "retryable", False, self._at(meta)

    def approver(self, meta: Meta, parts: list[Token]) -> Clause:
        span, said = self._at(meta), parts[0]
        if said.type == "STRING":
            return "approver", syntax.Approver("role", self._text(said), span=span), span
        kind: Any = str(said)
        return "approver", syntax.Approver(kind, span=span), span

    def expires(self, meta: Meta, parts: list[Token]) -> Clause:
        span = self._at(meta)
        if not (length := self._duration(parts[0])):
            raise BuildError("an approval that ends at once is none", span)
        return "expires", length, span

    def with_(self, meta: Meta, parts: list[syntax.Transform]) -> Clause:
        return "transforms", tuple(parts), self._at(meta)

    def redact(self, meta: Meta, parts: list[Any]) -> syntax.Redact:
        path, detector = parts
        return syntax.Redact(self._target(path), self._text(detector), span=self._at(meta))

    def set_to(self, meta: Meta, parts: list[Any]) -> syntax.SetTo:
        path, value = self._target(parts[0]), plain(parts[1])
        if syntax.EACH in path.steps or any(isinstance(step, int) for step in path.steps):
            raise BuildError("`set` changes one named value, not elements", path.span)
        return syntax.SetTo(path, value, span=self._at(meta))

    def drop(self, meta: Meta, parts: list[Any]) -> syntax.Drop:
        path = self._target(parts[0])
        if syntax.EACH in path.steps or any(isinstance(step, int) for step in path.steps):
            raise BuildError("`drop` takes out one named value, not elements", path.span)
        return syntax.Drop(path, span=self._at(meta))

    def _target(self, path: syntax.Path) -> syntax.Path:
        if path.optional:
            raise BuildError("`?` has no meaning here: what is absent stays absent", path.span)
        return path

    def require(self, meta: Meta, parts: list[syntax.Duty]) -> Clause:
        return "duties", tuple(parts), self._at(meta)

    def notify(self, meta: Meta, parts: list[Token]) -> syntax.Notify:
        return syntax.Notify(self._text(parts[0]), span=self._at(meta))

    def must_call(self, meta: Meta, parts: list[Token]) -> syntax.MustCall:
        tool, order = parts
        if "*" in tool:
            raise BuildError("one tool is named here, without `*`", self._at(tool))
        when: Any = str(order)
        return syntax.MustCall(str(tool), when, span=self._at(meta))

    def owner(self, meta: Meta, parts: list[Token]) -> Clause:
        return "owner", self._text(parts[0]), self._at(meta)

    def mode(self, meta: Meta, _parts: list[Any]) -> Clause:
        return "shadow", True, self._at(meta)

    def source(self, meta: Meta, parts: list[Token]) -> Clause:
        line = SourceLine(self._text(parts[0]), self._count(parts[1]))
        return "source", line, self._at(meta)

    def valid(self, meta: Meta, parts: list[Any]) -> Clause:
        days = dict(parts)
        span = self._at(meta)
        first, last = days.get("first"), days.get("last")
        if first and last and last < first:
            raise BuildError("`until` is before `from`", span)
        return "valid", syntax.Validity(first, last, span=span), span

    def valid_from(self, _meta: Meta, parts: list[Token]) -> tuple[str, Day]:
        return "first", self._date(parts[0])

    def valid_until(self, _meta: Meta, parts: list[Token]) -> tuple[str, Day]:
        return "last", self._date(parts[0])


def fields_of(clauses: list[Clause]) -> dict[str, Any]:
    """Collect the clauses of a rule; each stands at most once."""
    fields: dict[str, Any] = {}
    for key, value, span in clauses:
        if key in fields:
            raise BuildError(f"`{_WORDS.get(key, key)}` stands twice in one rule", span)
        fields[key] = value
    return fields


def fitting(rule: syntax.Rule) -> syntax.Rule:
    """Return a rule whose parts belong together, or say which does not."""
    named = bool(rule.selector.patterns) or rule.selector.where is not None
    if named and rule.phase == "reply":
        raise BuildError("a reply is no call: no tool belongs here", rule.selector.span)
    if not named and rule.phase != "reply":
        hint = "`*` is every tool"
        raise BuildError("say which tools the rule speaks of", rule.selector.span, hint)
    if rule.phase == "call":
        _fitting_call(rule)
    else:
        _fitting_output(rule)
    return rule


def _fitting_call(rule: syntax.Rule) -> None:
    if rule.effect is not Effect.ASK and (rule.approver or rule.expires):
        span = rule.approver.span if rule.approver else rule.name_span
        raise BuildError("only an `ask` rule names who approves and for how long", span)
    if rule.effect is Effect.DENY and (more := (*rule.transforms, *rule.duties)):
        raise BuildError("a refused call is not changed and asks for nothing", more[0].span)
    for one in rule.transforms:
        if one.path.root != "args" or not one.path.steps:
            raise BuildError("only arguments are changed before a call", one.path.span)


def _fitting_output(rule: syntax.Rule) -> None:
    if rule.effect is Effect.ASK or (rule.effect is Effect.ALLOW and not rule.transforms):
        hint = "write `deny`, or `allow ... with redact(...)`"
        message = f"what is {_CAME[rule.phase]} is refused or changed, and nothing else"
        raise BuildError(message, rule.name_span, hint)
    if rule.approver or rule.expires or rule.duties:
        raise BuildError("approvals and duties belong to calls", rule.name_span)
    for one in rule.transforms:
        dropped = rule.phase == "reply" and isinstance(one, syntax.Drop)
        if one.path.root != rule.phase or dropped:
            raise BuildError(f"only the {rule.phase} is changed here", one.path.span)


_CAME: Final = {"result": "given back", "reply": "said"}


def plain(value: Any) -> Any:
    """Return what a constant stands for."""
    return value.value if isinstance(value, syntax.Constant) else value
