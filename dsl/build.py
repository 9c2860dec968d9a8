"""Turns Lark's parse tree of one statement into the nodes of `syntax`."""

from datetime import date as Day
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from lark import Token, v_args
from lark.tree import Meta

from dsl import syntax
from dsl.build_expressions import Expressions, near
from dsl.build_tokens import MAX_COUNT, BuildError
from dsl.errors import Span
from dsl.model import Effect, SourceLine

_CLAUSE_WORDS: Final = {"condition": "when", "retryable": "retry or final"}


@v_args(meta=True)
class Builder(Expressions):
    """One method a grammar rule."""

    # Statements

    def header(self, meta: Meta, parts: list[Token]) -> syntax.Header:
        kind, name, version = parts
        span = self._at(meta)
        return syntax.Header(cast("Any", str(kind)), str(name), self._count(version), span=span)

    def use_tools(self, meta: Meta, parts: list[Token]) -> syntax.UseTools:
        return syntax.UseTools(self._text(parts[0]), span=self._at(meta))

    def default(self, meta: Meta, parts: list[Any]) -> syntax.Default:
        because = parts[1][1] if len(parts) > 1 else None
        return syntax.Default(parts[0], because, span=self._at(meta))

    def timezone(self, meta: Meta, parts: list[Token]) -> syntax.TimeZone:
        name = self._text(parts[0])
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            hint = near(name, available_timezones())
            raise BuildError(f"there is no time zone `{name}`", self._at(parts[0]), hint) from error
        return syntax.TimeZone(name, span=self._at(meta))

    def let(self, meta: Meta, parts: list[Any]) -> syntax.Let:
        name, value = parts
        return syntax.Let(str(name), value, span=self._at(meta), name_span=self._at(name))

    def table(self, meta: Meta, parts: list[Any]) -> syntax.Table:
        name, *rows = parts
        seen: set[str] = set()
        for row in rows:
            if len(row.key) != len(rows[0].key):
                raise BuildError("this row has another number of keys than the first", row.span)
            if repr(row.key) in seen:
                raise BuildError("there is already a row for this key", row.span)
            seen.add(repr(row.key))
        return syntax.Table(str(name), tuple(rows), span=self._at(meta), name_span=self._at(name))

    def row(self, meta: Meta, parts: list[syntax.Constant]) -> syntax.Row:
        *key, value = (part.value for part in parts)
        return syntax.Row(tuple(key), value, span=self._at(meta))

    def rule(self, meta: Meta, parts: list[Any]) -> syntax.Rule:
        name, effect, selector, *rest = parts
        fields: dict[str, Any] = {}
        for key, value, span in rest:
            if key in fields:
                raise BuildError(f"`{_CLAUSE_WORDS.get(key, key)}` stands twice in one rule", span)
            fields[key] = value
        return syntax.Rule(
            str(name), effect, selector, **fields, span=self._at(meta), name_span=self._at(name)
        )

    def effect(self, _meta: Meta, parts: list[Token]) -> Effect:
        return Effect(str(parts[0]))

    def tools(self, _meta: Meta, parts: list[Token]) -> tuple[syntax.ToolPattern, ...]:
        for part in parts:
            self._glob(str(part), part)
        return tuple(syntax.ToolPattern(str(part), span=self._at(part)) for part in parts)

    def excluded(self, _meta: Meta, parts: list[Any]) -> Any:
        return parts[0]

    def selector(self, meta: Meta, parts: list[Any]) -> syntax.Selector:
        return syntax.Selector(*parts, span=self._at(meta))

    # Clauses: (field of Rule, value, place)

    def when(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Span]:
        return "condition", self.condition(parts[0]), self._at(meta)

    def priority(self, meta: Meta, parts: list[syntax.Constant]) -> tuple[str, Any, Span]:
        level = parts[0].value
        if not isinstance(level, int) or abs(level) > MAX_COUNT:
            message = "a whole number of at most 9 digits belongs here"
            raise BuildError(message, parts[0].span)
        return "priority", level, self._at(meta)

    def because(self, meta: Meta, parts: list[Token]) -> tuple[str, Any, Span]:
        return "because", self._text(parts[0]), self._at(meta)

    def reply(self, meta: Meta, parts: list[Token]) -> tuple[str, Any, Span]:
        text = self._text(parts[0])
        if "{" in text or "}" in text:
            message = "a reply cannot hold `{` or `}` in this version of Drawbar"
            raise BuildError(message, self._at(parts[0]))
        return "reply", text, self._at(meta)

    def retry(self, meta: Meta, _parts: list[Any]) -> tuple[str, Any, Span]:
        return "retryable", True, self._at(meta)

    def final(self, meta: Meta, _parts: list[Any]) -> tuple[str, Any, Span]:
        return "retryable", False, self._at(meta)

    def source(self, meta: Meta, parts: list[Token]) -> tuple[str, Any, Span]:
        line = SourceLine(self._text(parts[0]), self._count(parts[1]))
        return "source", line, self._at(meta)

    def valid(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Span]:
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

    # Tests

    def test(self, meta: Meta, parts: list[Any]) -> syntax.TestBlock:
        name, *steps = parts
        called = False
        for step in steps:
            called = called or isinstance(step, syntax.TestCall)
            if isinstance(step, syntax.Expect) and not called:
                raise BuildError("`expect` stands before any `call`", step.span)
        if not any(isinstance(step, syntax.Expect) for step in steps):
            raise BuildError("the test expects nothing", self._at(name), "add `expect allow;`")
        return syntax.TestBlock(self._text(name), tuple(steps), span=self._at(meta))

    def call(self, meta: Meta, parts: list[Any]) -> syntax.TestCall:
        tool, *pairs = parts
        if "*" in tool:
            raise BuildError("a call names one tool, without `*`", self._at(tool))
        args = self._unique(pairs)
        return syntax.TestCall(str(tool), tuple(args.items()), span=self._at(meta))

    def argument(self, _meta: Meta, parts: list[Any]) -> tuple[Token, Any]:
        return parts[0], _plain(parts[1])

    def expect(self, meta: Meta, parts: list[Any]) -> syntax.Expect:
        rule = str(parts[1]) if len(parts) > 1 else None
        return syntax.Expect(parts[0], rule, span=self._at(meta))

    def by(self, _meta: Meta, parts: list[Token]) -> Token:
        return parts[0]

    def given_now(self, meta: Meta, parts: list[Token]) -> syntax.GivenNow:
        return syntax.GivenNow(self._instant(parts[0]), span=self._at(meta))

    def null(self, _meta: Meta, _parts: list[Any]) -> None:
        return None

    def array(self, _meta: Meta, parts: list[Any]) -> list[Any]:
        return [_plain(part) for part in parts]

    def object(self, _meta: Meta, parts: list[tuple[Token, Any]]) -> dict[str, Any]:
        return self._unique(parts)

    def member(self, _meta: Meta, parts: list[Any]) -> tuple[Token, Any]:
        return parts[0], _plain(parts[1])


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, syntax.Constant) else value
