"""Checks that every name in a policy's expressions stands for something, where it is asked."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from dsl import kinds, syntax, walk
from dsl.build.expressions import ROOTS
from dsl.build.questions import PAST, SCORES
from dsl.build.tokens import near
from dsl.checks.environment import Among
from dsl.checks.known import NO_REACH, Reach
from dsl.errors import Finding, Span
from dsl.evaluation import interpolate
from dsl.evaluation.origin import QUESTIONS
from dsl.functions import registry
from dsl.model import Effect

MAX_DEPTH: Final = 100

# Which values there are, by what is decided.
_ALWAYS: Final = frozenset({"context", "now", "agent", "subject", "session", "fact"})
_CALL: Final = _ALWAYS | {"args", "tool"}
_PLACES: Final[Mapping[str, frozenset[str]]] = {
    "call": _CALL,
    "result": _CALL | {"result"},
    "reply": _ALWAYS | {"reply"},
    "label": frozenset({"args", "tool", "result"}),
    "audience": frozenset(),
    "let": _CALL | {"result", "reply"},  # where it is used, this is looked at again
}
_OWN_WORDS: Final = (*ROOTS, *registry.NAMES, *QUESTIONS, *PAST, *SCORES)


def faults(statement: syntax.Statement, among: Among) -> Iterator[Finding]:
    """Find names in one statement that are not known or taken twice."""
    if isinstance(statement, syntax.Let | syntax.Table) and statement.name in _OWN_WORDS:
        message = f"the language itself has a `{statement.name}`"
        yield Finding("BAR102", message, statement.name_span)
    match statement:
        case syntax.Rule():
            yield from _rule(statement, among)
        case syntax.Let(_, value):
            yield from _Names(among, "let").look(value)
        case syntax.Fact(_, syntax.LookUp(_, arguments)):
            for _, value in arguments:
                yield from _Names(among, "call").look(value)
        case syntax.Label(_, _, audience, condition):
            yield from _Names(among, "audience").look(audience)
            yield from _Names(among, "label").look(condition)
        case syntax.KindOf(_, kind) if kind not in kinds.NAMES:
            hint = near(kind, kinds.NAMES) or "there are " + ", ".join(kinds.NAMES)
            yield Finding("BAR107", f"there is no kind `{kind}`", statement.span, help=hint)
        case syntax.TestBlock(_, steps):
            yield from _given_facts(steps, among)


def _rule(rule: syntax.Rule, among: Among) -> Iterator[Finding]:
    yield from _Names(among, rule.phase).look(rule.condition)
    yield from _Names(among, rule.phase, anything=True).look(rule.selector.where)
    for one in rule.transforms:
        if isinstance(one, syntax.Redact):
            yield from _detector(one.detector, one.span)
    if rule.reply is not None:
        for part in interpolate.parts(rule.reply):
            if isinstance(part, syntax.Path) and part.root not in _PLACES[rule.phase]:
                yield Finding("BAR107", _not_here(part.root, rule.phase), rule.span)
    if rule.effect is Effect.ALLOW:
        yield from _foreign_labels(rule, among)


def _foreign_labels(rule: syntax.Rule, among: Among) -> Iterator[Finding]:
    """In an allow, only the labels that the policy itself declares count."""
    asked = [(has.label, has.span) for has in walk.nodes(rule.condition, syntax.Has)]
    for path in walk.nodes(rule.condition, syntax.Path):
        if path.root in among.lets:
            asked += [(label, path.span) for label in among.asks[path.root]]
    for label, span in asked:
        if label not in among.labels:
            hint = f"in an `allow` only its own labels count: `label TOOL.field as {label};`"
            yield Finding("BAR107", f"this policy declares no label `{label}`", span, help=hint)


def _given_facts(steps: tuple[syntax.Step, ...], among: Among) -> Iterator[Finding]:
    for step in steps:
        match step:
            case syntax.Given("fact", str() as name) if name not in among.facts:
                message = f"there is no fact named `{name}`"
                yield Finding("BAR107", message, step.span, help=near(name, among.facts))


def reach(statement: syntax.Statement | Finding) -> Reach:
    """Return what a let or a fact rests on, which does not depend on what stands around it."""
    match statement:
        case syntax.Let(_, value):
            inner: object = value
        case syntax.Fact(_, syntax.LookUp(_, arguments)):
            inner = tuple(value for _, value in arguments)
        case _:
            return NO_REACH
    roots = dict.fromkeys(root for path in walk.nodes(inner, syntax.Path) for root in _roots(path))
    scores = next(walk.nodes(inner, syntax.Judged), None) is not None
    labels = tuple(has.label for has in walk.nodes(inner, syntax.Has))
    return Reach(_depth(inner), tuple(roots), scores, labels)


def _roots(path: syntax.Path) -> Iterator[str]:
    """Yield the name that a path starts with, and the fact it leads to."""
    yield path.root
    if path.root == "fact" and path.steps:
        yield fact_key(str(path.steps[0]))


def fact_key(name: str) -> str:
    """Return how a fact is called among names: no let can have this name."""
    return f"fact.{name}"


def circles(lets: Mapping[str, Reach]) -> Iterator[str]:
    """Yield names that lead back to themselves, or through too many others."""
    depths: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...]) -> int:
        if name in above or len(above) > MAX_DEPTH:
            return MAX_DEPTH + 1
        if name not in depths:
            below = [depth(root, (*above, name)) for root in lets[name].roots if root in lets]
            depths[name] = lets[name].depth + max(below, default=0)
        return depths[name]

    return (name for name in lets if depth(name, ()) > MAX_DEPTH)


def _depth(node: object) -> int:
    if isinstance(node, tuple):
        return max(map(_depth, node), default=0)
    if not isinstance(node, syntax.Node):
        return 0
    return 1 + max(map(_depth, walk.children(node)), default=0)


def _not_here(root: str, place: str) -> str:
    if root in ("past", "record"):
        return f"`{root}` stands only inside a question about {_ABOUT[root]}"
    words = {
        "call": "before a call has run",
        "reply": "when a reply is judged",
        "label": "where a result is labelled",
        "audience": "where addresses are written",
    }
    return f"there is no `{root}` {words.get(place, 'here')}"


_ABOUT: Final = {"past": "earlier calls", "record": "rows, `from record(...) where`"}


class _Names:
    """Looks at one expression; `bound` are the names of list elements around a place."""

    def __init__(self, among: Among, place: str, *, anything: bool = False) -> None:
        self._among, self._place, self._anything = among, place, anything

    def look(self, node: Any, bound: frozenset[str] = frozenset()) -> Iterator[Finding]:
        """Yield what is wrong in a node and below it."""
        match node:
            case syntax.Path():
                yield from self._path(node, bound)
            case syntax.Quantifier(_, variable, items, body):
                yield from self._each(node.span, variable, items, body, bound)
            case syntax.Aggregate(_, variable, items, body):
                yield from self._each(node.span, variable, items, body, bound)
            case syntax.Past():
                yield from self._tools(node, bound)
                yield from self._inside((node.body, node.window), bound | {"past"})
            case syntax.OfRecord(_, where):
                yield from self.look(where, bound | {"record"})
            case syntax.CallOf():
                yield from self._call(node)
                yield from self._inside(node.arguments, bound)
            case tuple():
                yield from self._inside(node, bound)
            case syntax.Node():
                yield from self._inside(walk.children(node), bound)

    def _inside(self, parts: tuple[Any, ...], bound: frozenset[str]) -> Iterator[Finding]:
        for part in parts:
            yield from self.look(part, bound)

    def _path(self, path: syntax.Path, bound: frozenset[str]) -> Iterator[Finding]:
        span = Span(path.span.start, path.span.start + len(path.root))
        if path.root in bound or self._anything:
            return
        if path.root in self._among.lets:
            yield from self._let(path.root, span)
        elif path.root in ROOTS and path.root not in _PLACES[self._place]:
            yield Finding("BAR107", _not_here(path.root, self._place), span)
        elif path.root not in ROOTS:
            here = [root for root in ROOTS if root in _PLACES[self._place]]
            hint = near(path.root, {*here, *self._among.lets, *bound})
            starts = "values start with " + ", ".join(here)
            hint = hint or (starts if here else "name the addresses with `let`")
            yield Finding("BAR107", f"there is no value named `{path.root}`", span, help=hint)
        elif path.root == "fact":
            yield from self._fact(path)

    def _let(self, name: str, span: Span) -> Iterator[Finding]:
        """Refuse a name whose value reads what there is not in this place."""
        for root in sorted(self._among.reads[name] - _PLACES[self._place]):
            message = f"`{name}` reads `{root}`, and {_not_here(root, self._place)}"
            yield Finding("BAR107", message, span)

    def _fact(self, path: syntax.Path) -> Iterator[Finding]:
        name = path.steps[0] if path.steps else None
        if name not in self._among.facts:
            hint = (
                near(str(name), self._among.facts) or "write `fact NAME = lookup ...;` or `given`"
            )
            message = f"there is no fact named `{name}`" if name else "say which fact is meant"
            yield Finding("BAR107", message, path.span, help=hint)

    def _tools(self, past: syntax.Past, bound: frozenset[str]) -> Iterator[Finding]:
        for tool in past.tools:
            if tool in bound or tool in self._among.lets:
                message = f"`{tool}` is a value, and the name of a tool belongs here"
                yield Finding("BAR107", message, past.span)

    def _each(
        self, span: Span, variable: str, items: Any, body: Any, bound: frozenset[str]
    ) -> Iterator[Finding]:
        yield from self.look(items, bound)
        if variable in ROOTS or variable in bound or variable in self._among.lets:
            hint = "choose another name for the element"
            yield Finding("BAR102", f"`{variable}` already stands for something", span, help=hint)
        yield from self.look(body, bound | {variable})

    def _call(self, call: syntax.CallOf) -> Iterator[Finding]:
        given = len(call.arguments)
        if call.name in self._among.tables:
            keys = self._among.tables[call.name]
            wanted = given if keys is None else keys
        elif call.name in QUESTIONS:
            wanted = len(QUESTIONS[call.name][0])
        elif found := registry.find(call.name):
            wanted = len(found[0].takes)
        else:
            span = Span(call.span.start, call.span.start + len(call.name))
            hint = near(call.name, {*registry.NAMES, *QUESTIONS, *PAST, *self._among.tables})
            message = f"there is no function or table named `{call.name}`"
            yield Finding("BAR107", message, span, help=hint)
            return
        match call:
            case syntax.CallOf("detects", (_, syntax.Constant(str() as name) as written)):
                yield from _detector(name, written.span)
        if wanted != given:
            takes = {0: "nothing", 1: "one value"}.get(wanted, f"{wanted} values")
            yield Finding("BAR107", f"`{call.name}` takes {takes}", call.span)


def _detector(name: str, span: Span) -> Iterator[Finding]:
    """Refuse a detector that does not exist, where its name is written out."""
    known = import_module("dsl.detect.registry").names()  # only for policies that detect
    if name not in known:
        hint = near(name, known) or "there are " + ", ".join(sorted(known))
        yield Finding("BAR107", f"there is no detector `{name}`", span, help=hint)
