"""Builds conditions and values, and says where which of them belongs."""

from decimal import Decimal
from typing import Any, Final, cast, get_args

from lark import Token, v_args
from lark.tree import Meta

from dsl import syntax
from dsl.build.questions import (
    PAST,
    PAST_CALLS,
    PAST_FIELDS,
    PAST_TRUTHS,
    SCORES,
    Questions,
    Score,
    is_session,
)
from dsl.build.tokens import BuildError
from dsl.errors import Span
from dsl.types import Percent, is_number

# The values every policy has, and the fields of each (none listed: any; "": none).
ROOTS: Final[dict[str, tuple[str, ...]]] = {
    "args": (),
    "context": (),
    "tool": ("",),
    "now": ("",),
    "agent": ("id",),
    "subject": ("id", "roles"),
    "session": ("id",),
    "fact": (),
    "result": (),
    "reply": ("",),
    "past": PAST_FIELDS,
    "record": (),
}
AGGREGATES: Final = ("count", "sum", "min", "max")
CONDITIONS: Final = frozenset(get_args(syntax.Condition))  # of which nothing is derived
_BARE: Final = (syntax.Path, syntax.CallOf, syntax.FieldOf)


@v_args(meta=True)
class Expressions(Questions):
    """One method a grammar rule."""

    def expression(self, _meta: Meta, parts: list[Any]) -> syntax.Expression:
        return cast("syntax.Expression", parts[0])

    def or_(self, meta: Meta, parts: list[Any]) -> syntax.Or:
        return syntax.Or(tuple(map(self._condition, parts)), span=self._at(meta))

    def and_(self, meta: Meta, parts: list[Any]) -> syntax.And:
        return syntax.And(tuple(map(self._condition, parts)), span=self._at(meta))

    def not_(self, meta: Meta, parts: list[Any]) -> syntax.Not:
        return syntax.Not(self._condition(parts[0]), span=self._at(meta))

    def comparison(self, meta: Meta, parts: list[Any]) -> syntax.Condition:
        left, operator, right = parts
        if isinstance(left, Score):
            return self.judgement(left, str(operator), right, self._at(meta))
        sign = cast("Any", str(operator))
        return syntax.Comparison(self._value(left), sign, self._value(right), span=self._at(meta))

    def membership(self, meta: Meta, parts: list[Any]) -> syntax.Membership:
        left, *negated, right = parts
        if not isinstance(right, syntax.Range | syntax.ListOf | syntax.Path | syntax.CallOf):
            raise BuildError("a list or a range belongs here", right.span)
        span = self._at(meta)
        return syntax.Membership(self._value(left), right, bool(negated), span=span)

    def range(self, meta: Meta, parts: list[Any]) -> syntax.Range:
        low, high = map(self._value, parts)
        if isinstance(low, syntax.Constant) and isinstance(high, syntax.Constant):
            numbers = is_number(low.value) and is_number(high.value)
            if numbers and high.value < low.value:
                raise BuildError("the range is empty: its end is below its start", self._at(meta))
        return syntax.Range(low, high, span=self._at(meta))

    def text_match(self, meta: Meta, parts: list[Any]) -> syntax.TextMatch:
        left, operator, right = parts
        if operator == "like" and isinstance(right, syntax.Constant):
            self._glob(str(right.value), meta)
        sign = cast("Any", str(operator))
        return syntax.TextMatch(self._value(left), sign, self._value(right), span=self._at(meta))

    def pattern_match(self, meta: Meta, parts: list[Any]) -> syntax.PatternMatch:
        pattern = self._pattern(parts[1])
        return syntax.PatternMatch(self._value(parts[0]), pattern, span=self._at(meta))

    def any_of(self, meta: Meta, parts: list[Any]) -> syntax.Quantifier:
        return self._quantifier("any", meta, parts)

    def all_of(self, meta: Meta, parts: list[Any]) -> syntax.Quantifier:
        return self._quantifier("all", meta, parts)

    def none_of(self, meta: Meta, parts: list[Any]) -> syntax.Quantifier:
        return self._quantifier("none", meta, parts)

    def _quantifier(self, kind: str, meta: Meta, parts: list[Any]) -> syntax.Quantifier:
        variable, items, body = parts
        return syntax.Quantifier(
            cast("Any", kind),
            str(variable),
            self._value(items),
            self._condition(body),
            span=self._at(meta),
        )

    def present(self, meta: Meta, parts: list[Any]) -> syntax.Present:
        return syntax.Present(parts[0], span=self._at(meta))

    # Values

    def add(self, meta: Meta, parts: list[Any]) -> syntax.Arithmetic:
        return self._arithmetic("+", meta, parts)

    def subtract(self, meta: Meta, parts: list[Any]) -> syntax.Arithmetic:
        return self._arithmetic("-", meta, parts)

    def multiply(self, meta: Meta, parts: list[Any]) -> syntax.Arithmetic:
        return self._arithmetic("*", meta, parts)

    def divide(self, meta: Meta, parts: list[Any]) -> syntax.Arithmetic:
        return self._arithmetic("/", meta, parts)

    def _arithmetic(self, sign: str, meta: Meta, parts: list[Any]) -> syntax.Arithmetic:
        left, right = map(self._value, parts)
        return syntax.Arithmetic(left, cast("Any", sign), right, span=self._at(meta))

    def minus(self, meta: Meta, parts: list[Any]) -> syntax.Constant | syntax.Minus:
        inner, span = self._value(parts[0]), self._at(meta)
        if isinstance(inner, syntax.Constant) and is_number(inner.value):
            return syntax.Constant(_minus(inner.value), span=span)
        return syntax.Minus(inner, span=span)

    def call_of(self, meta: Meta, parts: list[Any]) -> syntax.CallOf | syntax.Past | Score:
        name, *given = parts
        span = self._at(meta)
        if str(name) in SCORES:
            return self.score_of(name, given, span)
        if str(name) not in PAST or (str(name) == "sum" and len(given) == 1):
            return syntax.CallOf(str(name), tuple(map(self._value, given)), span=span)
        wanted = 2 if str(name) == "since" else 1
        if len(given) != wanted:
            tools = "two tools" if wanted > 1 else "one tool"
            raise BuildError(f"`{name}` takes {tools}", span)
        return self.past_of(name, given, [], syntax.Window(span=span), span)

    def aggregate(self, meta: Meta, parts: list[Any]) -> syntax.Aggregate | syntax.Past:
        name, each, body = parts
        if str(name) not in AGGREGATES:
            hint = f"`:` stands only in {', '.join(AGGREGATES)}"
            raise BuildError(f"`{name}` takes no `:`", self._at(name), hint)
        if str(name) == "sum" and not isinstance(each, syntax.Membership):
            span = self._at(meta)
            return self.past_of(name, [each], [body], syntax.Window(span=span), span)
        if not isinstance(each, syntax.Membership) or each.negated or not _is_name(each.left):
            hint = f"write `{name}(x in args.items: ...)`"
            raise BuildError("a name, `in` and a list belong before the `:`", each.span, hint)
        if isinstance(each.right, syntax.Range):
            raise BuildError("a list belongs here, not a range", each.right.span)
        inner = self._condition(body) if str(name) == "count" else self._value(body)
        return syntax.Aggregate(str(name), str(each.left), each.right, inner, span=self._at(meta))

    def list_of(self, meta: Meta, parts: list[Any]) -> syntax.ListOf:
        return syntax.ListOf(tuple(map(self._value, parts)), span=self._at(meta))

    def path(self, meta: Meta, parts: list[Any]) -> syntax.Path:
        root, *rest = parts
        optional = bool(rest) and isinstance(rest[-1], Token) and rest[-1].type == "OPTIONAL"
        steps = [self._step(token) for token in (rest[:-1] if optional else rest)]
        bare = str(root) == "session" and not steps  # `session has`, `session saw`
        if (fields := ROOTS.get(str(root))) and not bare:
            self._known_field(str(root), steps, fields, self._at(meta))
        return syntax.Path(str(root), tuple(steps), optional, span=self._at(meta))

    def _known_field(
        self, root: str, steps: list[str | int], fields: tuple[str, ...], span: Span
    ) -> None:
        if (steps and steps[0] in fields and (len(steps) == 1 or root == "past")) or (
            fields == ("",) and not steps
        ):
            return
        offered = f"write `{root}`" if fields == ("",) else f"write `{root}.{fields[0]}`"
        raise BuildError(f"`{root}` has no such field", span, offered)

    def string(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._text(parts[0]), span=self._at(meta))

    def number(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._exact(parts[0]), span=self._at(meta))

    def negative(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(_minus(self._exact(parts[0])), span=self._at(meta))

    def percent(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        share = Percent(Decimal(self._exact_text(parts[0], parts[0][:-1])))
        return syntax.Constant(share, span=self._at(meta))

    def duration(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._duration(parts[0]), span=self._at(meta))

    def date(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        return syntax.Constant(self._date(parts[0]), span=self._at(meta))

    def date_time(self, meta: Meta, parts: list[Token]) -> syntax.Constant:
        moment = self._instant(parts[0]).replace(tzinfo=None)
        return syntax.Constant(moment, span=self._at(meta))

    def true(self, meta: Meta, _parts: list[Any]) -> syntax.Constant:
        return syntax.Constant(True, span=self._at(meta))  # noqa: FBT003 - the value itself

    def false(self, meta: Meta, _parts: list[Any]) -> syntax.Constant:
        return syntax.Constant(False, span=self._at(meta))  # noqa: FBT003 - the value itself

    # Which of the two belongs where

    def _condition(self, node: Any) -> syntax.Condition:
        """Take a condition, or a value that may be one: an argument, a function."""
        if node.__class__ in CONDITIONS:
            return cast("syntax.Condition", node)
        truth = isinstance(node, syntax.Past) and node.name in PAST_TRUTHS
        if truth or isinstance(node, _BARE):
            return syntax.Holds(self._value(node), span=node.span)
        hint = "compare it, as in `args.amount <= 100`"
        raise BuildError("this is a value, and a condition belongs here", node.span, hint)

    def _value(self, node: Any) -> syntax.Operand:
        """Take a value; a condition is none."""
        if node.__class__ in CONDITIONS:
            raise BuildError("this is a condition, and a value belongs here", node.span)
        if isinstance(node, Score):
            hint = "write `>= 0.8` behind it"
            raise BuildError("a score stands only before its threshold", node.span, hint)
        if isinstance(node, syntax.Past) and node.name in PAST_CALLS:
            hint = f"write `{node.name}({node.tools[0]}).args.x` or `.result.x`"
            raise BuildError("say what of the call is meant", node.span, hint)
        if is_session(node):
            raise BuildError("`session` has no such field", node.span, "write `session.id`")
        return cast("syntax.Operand", node)


def _is_name(node: syntax.Operand) -> bool:
    return isinstance(node, syntax.Path) and not node.steps and not node.optional


def _minus(number: Any) -> Any:
    """Turn the sign, exactly: `-` rounds a decimal to 28 digits."""
    return number.copy_negate() if isinstance(number, Decimal) else -number
