"""Rules for what nothing allowed: as narrow as what was seen, and for review."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.policy import policies
from app.reporting import Unallowed, Values
from dsl import syntax
from dsl.errors import DrawbarError, Source, printable
from dsl.format import reformat
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.model import Effect
from dsl.show.statements import show
from dsl.testing.run import run
from dsl.toolspec import Tools

FEW: Final = 5  # values of an argument that a rule names one by one
_Args = Mapping[str, Any]
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule for one tool, and what a reviewer should know; not `clean`: the linter objects."""

    policy: str
    tool: str
    rule: syntax.Rule
    notes: tuple[str, ...]
    test: syntax.TestBlock | None = None
    objections: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """Return the rule as it would stand in a policy, under its notes."""
        shown = show(self.rule)
        if self.objections:
            shown = "\n".join(f"# {line}" for line in shown.splitlines())
        notes = [*self.notes, *(f"left out: {one}" for one in self.objections)]
        return "\n".join([*(f"# {printable(one)}" for one in notes), shown])


def proposed(policy: str, tool: str, seen: Unallowed, tools: Tools | None) -> Proposal:
    """Return the narrowest rule that what was seen gives reason for."""
    conditions, notes = [], [_seen(seen)]
    if seen.read < seen.kind.number:
        notes.append(f"the arguments of {seen.kind.number - seen.read} of them were not looked at")
    names = [*seen.values, *(name for name in _declared(seen, tools) if name not in seen.values)]
    for name in names if seen.read else ():
        condition, note = _bounded(name, seen.values.get(name, Values()), seen.read)
        conditions += [condition] if condition is not None else []
        notes += [note] if note is not None else []
    whole = syntax.And(tuple(conditions)) if len(conditions) > 1 else None
    condition = whole or (conditions[0] if conditions else None)
    name = "seen_" + "".join(c if c in _LETTERS else "_" for c in tool.lower())
    selector = syntax.Selector((syntax.ToolPattern(tool),))
    rule = syntax.Rule(name, Effect.ALLOW, selector, condition)
    return Proposal(policy, tool, rule, tuple(notes), _test(rule, tool, seen.example))


def _seen(seen: Unallowed) -> str:
    number = seen.kind.number
    return f"for review: {number} {'call' if number == 1 else 'calls'}, as {seen.kind.examples[0]}"


def _declared(seen: Unallowed, tools: Tools | None) -> list[str]:
    found = None if tools is None else tools.find(seen.call)
    properties = {} if found is None else found.schema.get("properties", {})
    return list(properties) if isinstance(properties, Mapping) else []


def _bounded(name: str, values: Values, calls: int) -> tuple[syntax.Condition | None, str | None]:
    """Return what binds an argument to what was seen of it, or a note that nothing does."""
    if not name.isidentifier() or not name.isascii():
        return None, f"the argument {name!r} is not bounded: a policy cannot name it"
    path = syntax.Path("args", (name,))
    if not values.number:
        return syntax.Not(syntax.Present(path)), None
    if values.kinds <= {"text", "truth", "number"} and _few(values):
        listed = syntax.ListOf(tuple(syntax.Constant(one) for one in values.distinct.values()))
        test: syntax.Condition = syntax.Membership(path, listed)
    elif values.kinds == {"number"}:
        ends = syntax.Range(syntax.Constant(values.low), syntax.Constant(values.high))
        test = syntax.Membership(path, ends)
    else:
        kind = " and ".join(sorted(values.kinds))
        return None, f"args.{name} is not bounded: {_many(values, kind)}"
    if values.number == calls:
        return test, None
    return syntax.Or((syntax.Not(syntax.Present(path)), test)), None


def _few(values: Values) -> bool:
    """Tell whether a list of values is more than the chance of a short look."""
    few = not values.many and len(values.distinct) <= FEW
    return few and (values.number >= 2 * len(values.distinct) or values.kinds == {"truth"})


def _many(values: Values, kind: str) -> str:
    if not values.kinds <= {"text", "truth", "number"}:
        return f"it was {kind}"
    many = "over " if values.many else ""
    return f"{values.number} calls had {many}{len(values.distinct)} values"


def _test(rule: syntax.Rule, tool: str, example: _Args | None) -> syntax.TestBlock | None:
    """Return a test that the rule allows a call which was seen."""
    if example is None or not all(name.isidentifier() and name.isascii() for name in example):
        return None
    call = syntax.TestCall(tool, tuple(example.items()))
    return syntax.TestBlock(
        f"{tool} as it was seen", (call, syntax.Expect(Effect.ALLOW, rule.name))
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy's text with proposed rules at its end."""

    policy: str
    path: Path
    text: str
    proposals: tuple[Proposal, ...]


def draft(unit: Unit, wanted: Sequence[Proposal]) -> Draft:
    """Add rules to a policy; what the linter then finds wrong stands there as a comment."""
    path = Path(unit.source.name)
    kept: list[Proposal] = []
    text = unit.source.text.rstrip("\n") + "\n"
    taken = {one.name for one in unit.policy.rules} if unit.policy else set()
    before = {_finding(one) for one in lint(policies.unit_of(Source(str(path), text), path))}
    for one in (each for each in wanted if each.rule.name not in taken):
        fit = _fitting(text, path, one, before)
        kept.append(fit)
        text += "\n" + _block(fit) + "\n"
    name = unit.policy.name if unit.policy else path.stem
    return Draft(name, path, _laid_out(path, text), tuple(kept))


def _fitting(text: str, path: Path, one: Proposal, before: set[str]) -> Proposal:
    """Return a proposal as it can stand: without a test that fails, or with what is objected."""
    for tried in (one, _without_test(one)):
        findings = _new(text + "\n" + _block(tried) + "\n", path, before)
        if not findings and _passes(text + "\n" + _block(tried), path):
            return tried
    return Proposal(
        one.policy, one.tool, one.rule, one.notes, None, tuple(findings) or ("it does not load",)
    )


def _without_test(one: Proposal) -> Proposal:
    return Proposal(one.policy, one.tool, one.rule, one.notes)


def _new(text: str, path: Path, before: set[str]) -> list[str]:
    found = lint(policies.unit_of(Source(str(path), text), path))
    return [
        f"{one.code} {one.message}"
        for one in found
        if one.level != "info" and _finding(one) not in before
    ]


def _finding(one: Any) -> str:
    return f"{one.code} {one.message}"


def _passes(text: str, path: Path) -> bool:
    unit = policies.unit_of(Source(str(path), text), path)
    if unit.policy is None or unit.broken:
        return False
    return all(one.passed for one in run(Bound(unit.policy, unit.tools)).results)


def _block(one: Proposal) -> str:
    test = "" if one.test is None or one.objections else "\n" + show(one.test)
    return one.text + test


def _laid_out(path: Path, text: str) -> str:
    try:
        return reformat(Source(str(path), text))
    except DrawbarError:
        return text


def drafts(
    unallowed: Mapping[tuple[str, str], Unallowed], found: policies.PolicySet
) -> Iterator[Draft]:
    """Yield each policy with the rules that what was seen gives reason for."""
    for unit in found.units:
        if unit.policy is None or unit.policy.is_overlay:
            continue
        name = unit.policy.name
        wanted = [
            proposed(policy, tool, seen, unit.tools)
            for (policy, tool), seen in sorted(unallowed.items())
            if policy == name
        ]
        if wanted:
            yield draft(unit, wanted)
