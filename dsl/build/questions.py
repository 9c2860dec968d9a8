"""Builds questions about earlier calls, the origin of values, labels and learned scores."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from lark import Token, v_args
from lark.tree import Meta

from dsl import patterns, syntax
from dsl.build.tokens import BuildError, Tokens, near
from dsl.errors import Span
from dsl.types import is_number

LEVELS: Final = ("trusted", "internal", "untrusted")
ORIGINS: Final = ("user", "approved", *LEVELS, "nowhere")
# Questions about earlier calls: those that are true or false, those that give a number or a call.
PAST_TRUTHS: Final = ("called", "in_turn", "since")
PAST_CALLS: Final = ("last", "first")
PAST: Final = (*PAST_TRUTHS, *PAST_CALLS, "count", "sum")
PAST_FIELDS: Final = ("args", "result", "at", "tool")
SCORES: Final = ("judge", "classify", "similar")
# The roots that are values of the call, and so name no tool.
_VALUES: Final = ("args", "context", "agent", "subject", "session", "fact", "result", "now")


@dataclass(frozen=True, slots=True)
class Score(syntax.Node):
    """A learned score that still waits for its threshold."""

    name: str
    text: str
    value: Any = None
    kind: str | None = None
    polarity: str | None = None


@v_args(meta=True)
class Questions(Tokens):
    """One method a grammar rule."""

    def any_tool(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(str(parts[0]), span=self._at(meta))

    def window(self, meta: Meta, parts: list[tuple[str, Any]]) -> syntax.Window:
        return syntax.Window(**dict(parts), span=self._at(meta))

    def window_where(self, _meta: Meta, parts: list[Any]) -> tuple[str, Any]:
        return "where", self._condition(parts[0])

    def within(self, _meta: Meta, parts: list[Token]) -> tuple[str, timedelta]:
        return "within", self._duration(parts[0])

    def per(self, _meta: Meta, parts: list[Token]) -> tuple[str, str]:
        return "per", str(parts[0])

    def past(self, meta: Meta, parts: list[Any]) -> syntax.Past:
        name, tool, *body, window = parts
        return self.past_of(name, [tool], body, window, self._at(meta))

    def past_of(
        self, name: Token, tools: list[Any], body: list[Any], window: syntax.Window, span: Span
    ) -> syntax.Past:
        """Build a question about earlier calls, or say what is wrong with it."""
        if str(name) not in PAST:
            hint = near(name, PAST) or f"`within`, `where` and `per` stand in {', '.join(PAST)}"
            raise BuildError(f"`{name}` does not ask about earlier calls", self._at(name), hint)
        if str(name) == "since" and window != syntax.Window():
            raise BuildError("`since` takes two tools and nothing else", window.span)
        if bool(body) != (str(name) == "sum"):
            hint = "write `sum(pay: past.args.amount within 1h)`"
            raise BuildError("a value of each call belongs behind `sum(TOOL:` alone", span, hint)
        if window.per != "session" and window.within is None:
            hint = f"write `within 24h per {window.per}`"
            raise BuildError("beyond the session, a time must be given", window.span, hint)
        inner = self._value(body[0]) if body else None
        named = tuple(self.tool_named(tool, str(name)) for tool in tools)
        return syntax.Past(str(name), named, inner, window, span=span)

    def tool_named(self, node: Any, where: str) -> str:
        """Read a tool's name where an expression stands: `pay`, `git.push`, `"hub/get_*"`."""
        match node:
            case syntax.Constant(str() as name):
                self._glob(name, node.span)
                return name
            case syntax.Path(root, steps, False) if root not in _VALUES:
                if all(isinstance(step, str) and step != syntax.EACH for step in steps):
                    return str(node)
        hint = "for a list write `len(...)`, or `count(x in args.items: ...)`"
        raise BuildError(
            f"`{where}` asks about the calls of a tool, and this names none",
            node.span,
            hint if where == "count" else "other than letters, digits, `_`, `.`: in quotes",
        )

    def field_of(self, meta: Meta, parts: list[Any]) -> syntax.FieldOf:
        whole, *rest = parts
        optional = isinstance(rest[-1], Token) and rest[-1].type == "OPTIONAL"
        steps = tuple(self._step(token) for token in (rest[:-1] if optional else rest))
        if not (isinstance(whole, syntax.Past) and whole.name in PAST_CALLS):
            raise BuildError("only `last(...)` and `first(...)` have fields", whole.span)
        if steps[0] not in PAST_FIELDS:
            hint = "an earlier call has " + ", ".join(PAST_FIELDS)
            raise BuildError(f"an earlier call has no `{steps[0]}`", self._at(rest[0]), hint)
        return syntax.FieldOf(whole, steps, optional, span=self._at(meta))

    # Origins and labels

    def from_(self, meta: Meta, parts: list[Any]) -> syntax.From:
        value, *origins = parts
        return syntax.From(self._value(value), tuple(origins), span=self._at(meta))

    def only_from(self, meta: Meta, parts: list[Any]) -> syntax.From:
        value, *origins = parts
        for origin in origins:
            if not isinstance(origin, syntax.Level) or origin.name == "nowhere":
                hint = "write `only from trusted` or `only from [user, trusted]`"
                raise BuildError("this cannot stand behind `only from`", origin.span, hint)
        return syntax.From(self._value(value), tuple(origins), only=True, span=self._at(meta))

    def level(self, meta: Meta, parts: list[Token]) -> syntax.Level:
        name = str(parts[0])
        if name not in ORIGINS:
            hint = near(name, ORIGINS) or "origins are " + ", ".join(ORIGINS)
            raise BuildError(f"there is no origin `{name}`", self._at(meta), hint)
        return syntax.Level(name, span=self._at(meta))

    def of_tool(self, meta: Meta, parts: list[Token]) -> syntax.OfTool:
        pattern = self._text(parts[0])
        self._glob(pattern, parts[0])
        return syntax.OfTool(pattern, span=self._at(meta))

    def of_record(self, meta: Meta, parts: list[Any]) -> syntax.OfRecord:
        tool, where = parts
        name = self._text(tool) if tool.type == "STRING" else str(tool)
        self._glob(name, tool)
        return syntax.OfRecord(name, self._condition(where), span=self._at(meta))

    def has(self, meta: Meta, parts: list[Any]) -> syntax.Has:
        value, label = parts
        whole = is_session(value)
        return syntax.Has(None if whole else self._value(value), str(label), span=self._at(meta))

    def saw(self, meta: Meta, parts: list[Any]) -> syntax.Saw:
        value, level = parts
        if not is_session(value):
            raise BuildError("only the session saw something", value.span, "write `session saw`")
        if str(level) not in LEVELS:
            hint = near(level, LEVELS) or "levels are " + ", ".join(LEVELS)
            raise BuildError(f"there is no level `{level}`", self._at(level), hint)
        return syntax.Saw(str(level), span=self._at(meta))

    def user_said(self, meta: Meta, parts: list[Token]) -> syntax.UserSaid:
        # People write as they like, so letters are compared in either case.
        pattern = self._pattern(parts[0], with_=patterns.EITHER_CASE)
        return syntax.UserSaid(pattern, span=self._at(meta))

    def _pattern(self, token: Token, with_: str = "") -> str:
        pattern = str(token)[1:-1].replace("\\/", "/")
        if fault := patterns.fault(with_ + pattern):
            hint = "patterns are RE2: no look-ahead, no look-behind, no back-reference"
            raise BuildError(f"the pattern is not valid: {fault}", self._at(token), hint)
        return pattern

    # Learned scores

    def judged(self, meta: Meta, parts: list[Token]) -> Score:
        name, text, kind, polarity = parts
        if str(name) != "judge":
            raise BuildError(f"`{name}` takes no `as`", self._at(name), near(name, ("judge",)))
        kinds = str(kind), str(polarity)
        return Score("judge", self._text(text), None, *kinds, span=self._at(meta))

    def score_of(self, name: Token, given: list[Any], span: Span) -> Score:
        """Build `classify("...")`, `similar(VALUE, "...")` or a `judge("...")` of no kind."""
        texts = [one.value for one in given if isinstance(one, syntax.Constant)]
        whole = str(name) in ("classify", "judge") and len(given) == 1
        if whole and len(texts) == 1 and isinstance(texts[0], str):
            return Score(str(name), texts[0], span=span)
        if str(name) == "similar" and len(given) == 2 and isinstance(texts[-1:] and texts[-1], str):  # noqa: PLR2004 - a value and a name
            return Score("similar", texts[-1], self._value(given[0]), span=span)
        forms = {
            "judge": '`judge("a sentence" as KIND forbids)`',
            "classify": '`classify("off_task")`',
            "similar": '`similar(args.body, "b_17")`',
        }
        raise BuildError(f"`{name}` is not asked like this", span, f"write {forms[str(name)]}")

    def judgement(self, score: Score, operator: str, right: Any, span: Span) -> syntax.Judged:
        """Join a score and its threshold."""
        threshold = right.value if isinstance(right, syntax.Constant) else None
        if operator not in (">=", ">") or not is_number(threshold) or not 0 <= threshold <= 1:
            hint = "write `>= 0.8`: `>=` or `>`, and a number from 0 to 1"
            raise BuildError("a score stands only before its threshold", span, hint)
        return syntax.Judged(
            cast("Any", score.name),
            score.text,
            cast("Any", operator),
            cast("Any", threshold),
            score.value,
            score.kind,
            cast("Any", score.polarity),
            span=span,
        )


def is_session(node: Any) -> bool:
    """Tell whether a node is the word `session` alone."""
    return isinstance(node, syntax.Path) and node.root == "session" and str(node) == "session"
