"""Turns Lark's parse tree of one statement into the nodes of `syntax`."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, cast

from lark import Token, Transformer, v_args
from lark.tree import Meta

from dsl import patterns, strictjson, syntax
from dsl.errors import Span
from dsl.model import Effect, SourceLine
from dsl.strictjson import InvalidJson

MAX_COUNT: Final = 999_999_999

# Where a path may start, and the fields it then has (none listed: any).
ROOTS: Final[dict[str, tuple[str, ...]]] = {
    "args": (),
    "context": (),
    "tool": ("",),
    "agent": ("id",),
    "subject": ("id", "roles"),
    "session": ("id",),
}
_CLAUSE_WORDS: Final = {"condition": "when", "retryable": "retry or final"}


class BuildError(Exception):
    """A statement that is well formed but says something impossible."""

    def __init__(self, message: str, span: Span, hint: str | None = None) -> None:
        self.message, self.span, self.hint = message, span, hint
        super().__init__(message)


@v_args(meta=True)
class Builder(Transformer[Token, Any]):
    """One method a grammar rule; `offset` is where the statement starts in the file."""

    def __init__(self, offset: int) -> None:
        super().__init__(visit_tokens=False)
        self._offset = offset

    def _at(self, meta: Meta | Token) -> Span:
        start, end = cast("int", meta.start_pos), cast("int", meta.end_pos)
        return Span(start + self._offset, end + self._offset)

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

    def _glob(self, glob: str, token: Token | Meta) -> None:
        if fault := patterns.glob_fault(glob):
            raise BuildError(f"the name is not usable: {fault}", self._at(token))

    def excluded(self, _meta: Meta, parts: list[Any]) -> Any:
        return parts[0]

    def selector(self, meta: Meta, parts: list[Any]) -> syntax.Selector:
        return syntax.Selector(*parts, span=self._at(meta))

    # Clauses: (field of Rule, value, place)

    def when(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Span]:
        return "condition", parts[0], self._at(meta)

    def priority(self, meta: Meta, parts: list[Token]) -> tuple[str, Any, Span]:
        return "priority", self._whole(parts[0]), self._at(meta)

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

    def valid_from(self, _meta: Meta, parts: list[Token]) -> tuple[str, date]:
        return "first", self._date(parts[0])

    def valid_until(self, _meta: Meta, parts: list[Token]) -> tuple[str, date]:
        return "last", self._date(parts[0])

    # Conditions

    def or_(self, meta: Meta, parts: list[Any]) -> syntax.Or:
        return syntax.Or(tuple(parts), span=self._at(meta))

    def and_(self, meta: Meta, parts: list[Any]) -> syntax.And:
        return syntax.And(tuple(parts), span=self._at(meta))

    def not_(self, meta: Meta, parts: list[Any]) -> syntax.Not:
        return syntax.Not(parts[0], span=self._at(meta))

    def comparison(self, meta: Meta, parts: list[Any]) -> syntax.Comparison:
        left, operator, right = parts
        return syntax.Comparison(left, cast("Any", str(operator)), right, span=self._at(meta))

    def membership(self, meta: Meta, parts: list[Any]) -> syntax.Membership:
        left, *negated, right = parts
        return syntax.Membership(left, right, bool(negated), span=self._at(meta))

    def text_match(self, meta: Meta, parts: list[Any]) -> syntax.TextMatch:
        left, operator, right = parts
        if operator == "like" and isinstance(right, syntax.Constant):
            self._glob(str(right.value), meta)
        return syntax.TextMatch(left, cast("Any", str(operator)), right, span=self._at(meta))

    def pattern_match(self, meta: Meta, parts: list[Any]) -> syntax.PatternMatch:
        pattern = str(parts[1])[1:-1].replace("\\/", "/")
        if fault := patterns.fault(pattern):
            help_ = "patterns are RE2: no look-ahead, no look-behind, no back-reference"
            raise BuildError(f"the pattern is not valid: {fault}", self._at(parts[1]), help_)
        return syntax.PatternMatch(parts[0], pattern, span=self._at(meta))

    def present(self, meta: Meta, parts: list[Any]) -> syntax.Present:
        return syntax.Present(parts[0], span=self._at(meta))

    def holds(self, meta: Meta, parts: list[Any]) -> syntax.Holds:
        return syntax.Holds(parts[0], span=self._at(meta))

    def list_of(self, meta: Meta, parts: list[Any]) -> syntax.ListOf:
        return syntax.ListOf(tuple(parts), span=self._at(meta))

    def range(self, meta: Meta, parts: list[syntax.Constant]) -> syntax.Range:
        low, high = parts
        if high.value < low.value:
            raise BuildError("the range is empty: its end is below its start", self._at(meta))
        return syntax.Range(low, high, span=self._at(meta))

    def path(self, meta: Meta, parts: list[Any]) -> syntax.Path:
        root, *rest = parts
        optional = bool(rest) and isinstance(rest[-1], Token) and rest[-1].type == "OPTIONAL"
        steps = [self._step(token) for token in (rest[:-1] if optional else rest)]
        if str(root) not in ROOTS:
            raise BuildError(
                f"there is no value named `{root}`", self._at(root), _near(root, ROOTS)
            )
        if fields := ROOTS[str(root)]:
            self._known_field(str(root), steps, fields, self._at(meta))
        return syntax.Path(str(root), tuple(steps), optional, span=self._at(meta))

    def _step(self, token: Token) -> str | int:
        return self._count(token, least=0) if token.type == "NUMBER" else str(token)

    def _known_field(
        self, root: str, steps: list[str | int], fields: tuple[str, ...], span: Span
    ) -> None:
        if (len(steps) == 1 and steps[0] in fields) or (fields == ("",) and not steps):
            return
        offered = f"write `{root}`" if fields == ("",) else f"write `{root}.{fields[0]}`"
        raise BuildError(f"`{root}` has no such field", span, offered)

    def string(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._text(parts[0]), span=self._at(meta))

    def number(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._exact(parts[0]), span=self._at(meta))

    def true(self, meta: Meta, _parts: list[Any]) -> syntax.Constant:
        return syntax.Constant(True, span=self._at(meta))  # noqa: FBT003 - the value itself

    def false(self, meta: Meta, _parts: list[Any]) -> syntax.Constant:
        return syntax.Constant(False, span=self._at(meta))  # noqa: FBT003 - the value itself

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

    # Tokens

    def _unique(self, pairs: Iterable[tuple[Token, Any]]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for token, value in pairs:
            key = self._text(token) if token.type == "STRING" else str(token)
            if key in members:
                raise BuildError(f"`{key}` is given twice", self._at(token))
            members[key] = value
        return members

    def _text(self, token: Token) -> str:
        try:
            text = strictjson.read(str(token))
        except InvalidJson as error:
            help_ = 'a backslash starts one of \\" \\\\ \\n \\t \\uXXXX'
            raise BuildError("the text is not readable", self._at(token), help_) from error
        return str(text)

    def _exact(self, token: Token) -> int | Decimal:
        try:
            return strictjson.exact(str(token))
        except InvalidJson as error:
            raise BuildError(str(error), self._at(token)) from error

    def _whole(self, token: Token) -> int:
        number = self._exact(token)
        if not isinstance(number, int) or abs(number) > MAX_COUNT:
            raise BuildError("a whole number of at most 9 digits belongs here", self._at(token))
        return number

    def _count(self, token: Token, least: int = 1) -> int:
        number = self._whole(token)
        if number < least:
            raise BuildError(f"a whole number from {least} up belongs here", self._at(token))
        return number

    def _date(self, token: Token) -> date:
        return self._instant(token).date()

    def _instant(self, token: Token) -> datetime:
        try:
            return datetime.fromisoformat(str(token)).replace(tzinfo=UTC)
        except ValueError as error:
            raise BuildError("there is no such day or time", self._at(token)) from error


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, syntax.Constant) else value


def _near(word: str, known: Iterable[str]) -> str | None:
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else "values start with " + ", ".join(known)
