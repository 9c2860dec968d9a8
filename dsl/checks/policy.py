"""What a whole policy must satisfy beyond its grammar; a fault here forbids its use."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

from dsl import syntax
from dsl.build.expressions import ROOTS
from dsl.checks import names, scores, typecheck
from dsl.checks.environment import Environment, the_same
from dsl.checks.known import Faults, Placed, Reach
from dsl.errors import Finding, Span
from dsl.model import Effect

A = TypeVar("A")

# What has a name of its own, and in which words; what shares the words shares the names.
_WORDS: Final[Mapping[type, str]] = {
    syntax.Rule: "rule",
    syntax.TestBlock: "test",
    syntax.Let: "value or table",
    syntax.Table: "value or table",
    syntax.Fact: "fact",
}
_NAMED: Final = (syntax.Rule, syntax.TestBlock, syntax.Let, syntax.Table, syntax.Fact)
_ONCE: Final = (syntax.Default, syntax.UseTools, syntax.TimeZone)


def check(placed: Sequence[Placed], *, whole: bool) -> list[Finding]:
    """Return the faults; what needs every statement is left out unless all were read."""
    findings = [*_header(placed, whole=whole), *_doubles(placed), *_defaults(placed)]
    header = next((s for _, s, _ in placed if isinstance(s, syntax.Header)), None)
    if header is not None and header.kind == "overlay":
        findings += _overlay(placed)
    if whole:
        faulty = _faulty(placed)
        findings += _expected_rules(placed)
        findings += [one.moved(start) for start, faults in faulty for one in faults.names]
        findings += _circles(placed)
        # Types are only looked at where every name stands for something.
        if not findings:
            findings += [one.moved(start) for start, faults in faulty for one in faults.types]
    return findings


def _faulty(placed: Sequence[Placed]) -> list[tuple[int, Faults]]:
    """Check each statement by itself, and return those that are at fault."""
    faulty = []
    among = the_same(environment(placed))
    for start, statement, known in placed:
        faults = known.faults
        if faults is None or faults.among is not among:
            known.faults = faults = _faults(statement, among, faults)
        if faults.names or faults.types:
            faulty.append((start, faults))
    return faulty


def _faults(statement: syntax.Statement, environment: Environment, before: Faults | None) -> Faults:
    """Check one statement, unless nothing changed of what its checks asked the time before."""
    if before is not None and environment.answers(before.asked):
        return before._replace(among=environment)
    among = environment.among()
    wrong = (*names.faults(statement, among), *scores.faults(statement, among))
    mixed = () if wrong else tuple(typecheck.faults(statement, among))
    return Faults(environment, among.asked(), wrong, mixed)


def environment(placed: Sequence[Placed]) -> Environment:
    """Return what each of some statements may know of the others."""
    statements = [statement for _, statement, _ in placed]
    lets = {s.name: s.value for s in statements if isinstance(s, syntax.Let)}
    reaches = {s.name: known.reach for _, s, known in placed if isinstance(s, syntax.Let)}
    tables = {s.name: s.rows for s in statements if isinstance(s, syntax.Table)}
    return Environment(
        typecheck.types_of(lets),
        *_leading(reaches),
        tuple((name, len(rows[0].key) if rows else None) for name, rows in tables.items()),
        tuple((s.name, None) for s in statements if isinstance(s, syntax.Fact)),
        tuple((s.name, None) for s in statements if isinstance(s, syntax.Label)),
    )


_Named = tuple[tuple[str, A], ...]


def _leading(
    reaches: Mapping[str, Reach],
) -> tuple[_Named[frozenset[str]], _Named[None], _Named[tuple[str, ...]]]:
    """Follow each let through others to the values it reads, to scores and to labels."""
    reads, scoring, asks = {}, [], {}
    for name in reaches:
        seen, todo = {name}, [name]
        while todo:
            inner = [root for root in reaches[todo.pop()].roots if root in reaches]
            todo += [root for root in inner if root not in seen]
            seen.update(inner)
        reads[name] = frozenset({root for one in seen for root in reaches[one].roots} & _VALUES)
        asks[name] = tuple(sorted({label for one in seen for label in reaches[one].labels}))
        if any(reaches[one].scores for one in seen):
            scoring.append((name, None))
    return tuple(reads.items()), tuple(scoring), tuple(asks.items())


# The values that there are in some places only; `past` and `record` stand inside questions.
_VALUES: Final = frozenset(ROOTS) - {"past", "record"}


def _circles(placed: Sequence[Placed]) -> Iterator[Finding]:
    named = {
        s.name if isinstance(s, syntax.Let) else names.fact_key(s.name): (s, start, known)
        for start, s, known in placed
        if isinstance(s, syntax.Let | syntax.Fact)
    }
    for name in names.circles({name: known.reach for name, (_, _, known) in named.items()}):
        one, start, _ = named[name]
        message = f"`{name}` leads back to itself, or is nested too deeply"
        yield Finding("BAR107", message, one.name_span.moved(start))


def _header(placed: Sequence[Placed], *, whole: bool) -> Iterator[Finding]:
    headers = [one for one in placed if isinstance(one[1], syntax.Header)]
    for start, extra, _ in headers[1:]:
        span = extra.span.moved(start)
        yield Finding("BAR105", "a file holds one policy, and this is a second one", span)
    if whole and (not headers or placed[0] is not headers[0]):
        span = placed[0][1].span.moved(placed[0][0]) if placed else Span(0, 0)
        hint = "start the file with `policy NAME version 1;`"
        yield Finding("BAR105", "the file does not start with its policy", span, help=hint)


def _doubles(placed: Sequence[Placed]) -> Iterator[Finding]:
    seen: set[tuple[str, object]] = set()
    for start, statement, _ in placed:
        words, name = "statement of this kind", ""
        if isinstance(statement, _NAMED):
            words, name = _WORDS[type(statement)], statement.name
        elif not isinstance(statement, _ONCE):
            continue
        one = words, name or type(statement)
        if one in seen:
            named = f" named `{name}`" if name else ""
            yield Finding(
                "BAR102", f"there is already a {words}{named}", _name_span(statement).moved(start)
            )
        seen.add(one)


def _name_span(statement: syntax.Statement) -> Span:
    if isinstance(statement, syntax.Rule | syntax.Let | syntax.Table | syntax.Fact):
        return statement.name_span
    return statement.span


def _defaults(placed: Sequence[Placed]) -> Iterator[Finding]:
    for start, s, _ in placed:
        if isinstance(s, syntax.Default) and s.effect is Effect.ALLOW and not s.because:
            hint = 'write `default allow because "...";`'
            span = s.span.moved(start)
            yield Finding("BAR105", "`default allow` needs a reason", span, help=hint)


def _overlay(placed: Sequence[Placed]) -> Iterator[Finding]:
    for start, s, _ in placed:
        if isinstance(s, syntax.Rule) and s.effect is Effect.ALLOW:
            message = "an overlay only narrows: it holds `ask` and `deny` rules"
            yield Finding("BAR105", message, s.name_span.moved(start))
        if isinstance(s, syntax.Default):
            yield Finding("BAR105", "an overlay has no default", s.span.moved(start))


def _expected_rules(placed: Sequence[Placed]) -> Iterator[Finding]:
    rules = {s.name for _, s, _ in placed if isinstance(s, syntax.Rule)}
    for start, test, _ in placed:
        for step in test.steps if isinstance(test, syntax.TestBlock) else ():
            if isinstance(step, syntax.Expect) and step.rule and step.rule not in rules:
                message = f"there is no rule named `{step.rule}`"
                yield Finding("BAR107", message, step.span.moved(start))
