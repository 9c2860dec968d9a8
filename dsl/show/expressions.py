"""Prints expressions and values as they are written in a policy."""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from dsl import syntax
from dsl.parse import HIDDEN
from dsl.types import Percent

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_SUMS: Final = ("+", "-")


def show_expression(node: syntax.Expression) -> str:
    """Print a condition or a value."""
    match node:
        case syntax.Or(parts):
            return " or ".join(_inside(part, syntax.Or) for part in parts)
        case syntax.And(parts):
            return " and ".join(_inside(part, syntax.Or, syntax.And) for part in parts)
        case syntax.Not(inner):
            return "not " + _inside(inner, syntax.Or, syntax.And)
        case syntax.Comparison(left, sign, right) | syntax.TextMatch(left, sign, right):
            return f"{show_expression(left)} {sign} {show_expression(right)}"
        case syntax.Membership(left, right, negated):
            return f"{show_expression(left)} {'not in' if negated else 'in'} {_collection(right)}"
        case syntax.PatternMatch(left, pattern):
            return f"{show_expression(left)} matches /{pattern.replace('/', _SLASH)}/"
        case syntax.Present(path):
            return f"present({path})"
        case syntax.Holds(inner):
            return show_expression(inner)
        case syntax.Quantifier(kind, variable, items, body):
            test = _inside(body, syntax.Or, syntax.And)
            return f"{kind} {variable} in {show_expression(items)}: {test}"
        case syntax.From() | syntax.Has() | syntax.Saw() | syntax.UserSaid() | syntax.Judged():
            return _question(node)
        case _:
            return _operand(node)


def _question(
    node: syntax.From | syntax.Has | syntax.Saw | syntax.UserSaid | syntax.Judged,
) -> str:
    match node:
        case syntax.From(value, origins, only):
            shown = ", ".join(map(_origin, origins))
            listed = shown if len(origins) == 1 else f"[{shown}]"
            return f"{show_expression(value)} {'only ' if only else ''}from {listed}"
        case syntax.Has(value, label):
            return f"{show_expression(value) if value else 'session'} has {label}"
        case syntax.Saw(level):
            return f"session saw {level}"
        case syntax.UserSaid(pattern):
            return f"user_said(/{pattern.replace('/', _SLASH)}/)"
        case syntax.Judged():
            return f"{_score(node)} {node.operator} {node.threshold}"


def _origin(node: syntax.Origin) -> str:
    match node:
        case syntax.Level(name):
            return name
        case syntax.OfTool(pattern):
            return f"tool({text(pattern)})"
        case syntax.OfRecord(tool, where):
            test = _inside(where, syntax.Or, syntax.And)
            return f"record({tool_name(tool)}) where {test}"


def _score(node: syntax.Judged) -> str:
    if node.kind is not None:
        return f"judge({text(node.text)} as {node.kind} {node.polarity})"
    value = f"{show_expression(node.value)}, " if node.value is not None else ""
    return f"{node.name}({value}{text(node.text)})"


_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_GLOB: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)?\*")


def tool_name(name: str, *, dotted: bool = False) -> str:
    """Print a tool's name where an expression stands; most globs and servers need quotes."""
    plain = _PLAIN.fullmatch(name) and (dotted or "." not in name)
    return name if plain else text(name)


def _past(node: syntax.Past) -> str:
    body = f": {show_expression(node.body)}" if node.body is not None else ""
    window = node.window
    if window.where is not None:
        body += f" where {show_expression(window.where)}"
    if window.within is not None:
        body += f" within {show_value(window.within)}"
    if window.per != "session":
        body += f" per {window.per}"
    return f"{node.name}({', '.join(map(_past_tool, node.tools))}{body})"


def _past_tool(name: str) -> str:
    return name if _GLOB.fullmatch(name) else tool_name(name, dotted=True)


_SLASH: Final = "\\/"


def _inside(part: syntax.Condition, *loose: type) -> str:
    text = show_expression(part)
    return f"({text})" if isinstance(part, loose) else text


def _operand(node: syntax.Operand) -> str:
    match node:
        case syntax.Path():
            return str(node)
        case syntax.Constant(value):
            return show_value(value)
        case syntax.ListOf(items):
            return "[" + ", ".join(map(show_expression, items)) + "]"
        case syntax.CallOf(name, arguments):
            return f"{name}({', '.join(map(show_expression, arguments))})"
        case syntax.Aggregate(name, variable, items, body):
            inner = f"{variable} in {show_expression(items)}: {show_expression(body)}"
            return f"{name}({inner})"
        case syntax.Minus(inner):
            return "-" + _factor(inner)
        case syntax.Past():
            return _past(node)
        case syntax.FieldOf(whole, steps, optional):
            return show_expression(whole) + show_steps(steps) + ("?" if optional else "")
        case syntax.Arithmetic(left, sign, right) if sign in _SUMS:
            return f"{show_expression(left)} {sign} {_term(right)}"
        case syntax.Arithmetic(left, sign, right):
            return f"{_term(left)} {sign} {_factor(right)}"


def _term(node: syntax.Operand) -> str:
    """Print one side of a sum or product: a sum in it needs parentheses."""
    loose = isinstance(node, syntax.Arithmetic) and node.operator in _SUMS
    return f"({show_expression(node)})" if loose else show_expression(node)


def _factor(node: syntax.Operand) -> str:
    """Print what binds tightest: any calculation in it needs parentheses."""
    loose = isinstance(node, syntax.Arithmetic)
    return f"({show_expression(node)})" if loose else show_expression(node)


def _collection(node: syntax.Operand | syntax.Range) -> str:
    if isinstance(node, syntax.Range):
        return f"{show_expression(node.low)}..{show_expression(node.high)}"
    return show_expression(node)


def show_steps(steps: tuple[str | int, ...]) -> str:
    """Print a place inside a value."""
    return "".join(f"[{s}]" if isinstance(s, int) or s == syntax.EACH else f".{s}" for s in steps)


def show_value(node: Any) -> str:
    """Print a value as it is written in a policy."""
    match node:
        case bool():
            return "true" if node else "false"
        case None:
            return "null"
        case Percent(share):
            return f"{share}%"
        case datetime():
            return node.isoformat()
        case date():
            return node.isoformat()
        case timedelta():
            return _duration(node)
        case int() | Decimal():
            return str(node)
        case list() | tuple():
            return "[" + ", ".join(show_value(item) for item in node) + "]"
        case dict():
            return "{" + ", ".join(f"{text(k)}: {show_value(v)}" for k, v in node.items()) + "}"
        case _:
            return text(node)


def text(plain: str) -> str:
    """Print a text with everything escaped that a reader could not see."""
    shown = json.dumps(plain, ensure_ascii=False)
    return "".join(_visible(char) for char in shown)


def _visible(char: str) -> str:
    seen = char.isprintable() and not HIDDEN.match(char)
    return char if seen else "".join(_escape(unit) for unit in _units(char))


def _units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def _escape(unit: int) -> str:
    return f"\\u{unit:04x}"


def _duration(span: timedelta) -> str:
    """Print a duration in the largest unit that fits it."""
    seconds = span.days * 86_400 + span.seconds
    unit, size = next((u, n) for u, n in _UNITS if seconds % n == 0 and (seconds or n == 1))
    return f"{seconds // size}{unit}"
