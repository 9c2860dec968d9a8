"""What a whole policy must satisfy beyond its grammar; a fault here forbids its use."""

from collections.abc import Iterator, Sequence

from dsl import names, syntax, typecheck
from dsl.errors import Finding, Span
from dsl.model import Effect


def check(statements: Sequence[syntax.Statement], *, whole: bool) -> list[Finding]:
    """Return the faults; what needs every statement is left out unless all were read."""
    findings = [*_header(statements, whole=whole), *_doubles(statements), *_defaults(statements)]
    header = next((s for s in statements if isinstance(s, syntax.Header)), None)
    if header is not None and header.kind == "overlay":
        findings += _overlay(statements)
    if whole:
        findings += [*_expected_rules(statements), *names.check(statements)]
        # Types are only looked at where every name stands for something.
        findings += [] if findings else typecheck.check(statements)
    return findings


def _header(statements: Sequence[syntax.Statement], *, whole: bool) -> Iterator[Finding]:
    headers = [s for s in statements if isinstance(s, syntax.Header)]
    for extra in headers[1:]:
        yield Finding("BAR105", "a file holds one policy, and this is a second one", extra.span)
    if whole and (not headers or statements[0] is not headers[0]):
        span = statements[0].span if statements else Span(0, 0)
        hint = "start the file with `policy NAME version 1;`"
        yield Finding("BAR105", "the file does not start with its policy", span, help=hint)


def _doubles(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    seen: set[tuple[type, str]] = set()
    for statement in statements:
        match statement:
            case syntax.Rule():
                key, span, words = statement.name, statement.name_span, "rule"
            case syntax.TestBlock():
                key, span, words = statement.name, statement.span, "test"
            case syntax.Let() | syntax.Table():
                key, span, words = statement.name, statement.name_span, "value or table"
            case syntax.Default() | syntax.UseTools() | syntax.TimeZone():
                key, span, words = "", statement.span, "statement of this kind"
            case _:
                continue
        kind = syntax.Let if isinstance(statement, syntax.Table) else type(statement)
        if (kind, key) in seen:
            named = f" named `{key}`" if key else ""
            yield Finding("BAR102", f"there is already a {words}{named}", span)
        seen.add((kind, key))


def _defaults(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    for s in statements:
        if isinstance(s, syntax.Default) and s.effect is Effect.ALLOW and not s.because:
            hint = 'write `default allow because "...";`'
            yield Finding("BAR105", "`default allow` needs a reason", s.span, help=hint)


def _overlay(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    for s in statements:
        if isinstance(s, syntax.Rule) and s.effect is Effect.ALLOW:
            message = "an overlay only narrows: it holds `ask` and `deny` rules"
            yield Finding("BAR105", message, s.name_span)
        if isinstance(s, syntax.Default):
            yield Finding("BAR105", "an overlay has no default", s.span)


def _expected_rules(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    names = {s.name for s in statements if isinstance(s, syntax.Rule)}
    for test in (s for s in statements if isinstance(s, syntax.TestBlock)):
        for step in test.steps:
            if isinstance(step, syntax.Expect) and step.rule and step.rule not in names:
                yield Finding("BAR107", f"there is no rule named `{step.rule}`", step.span)
