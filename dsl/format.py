"""The canonical printer: one way to lay out a policy, comments kept."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from dsl import syntax
from dsl.errors import PolicyError, Source
from dsl.parse import HIDDEN, read
from dsl.parse import statement as parse_statement
from dsl.split import Piece, split

WIDTH: Final = 100


def reformat(source: Source) -> str:
    """Return a policy's text in canonical layout; a broken policy is refused, not mangled."""
    policy, findings = read(source)
    if policy is None or findings:
        raise PolicyError(source, tuple(findings))
    pieces, trailing = split(source.text)
    blocks = [_block(source.text, piece, first=index == 0) for index, piece in enumerate(pieces)]
    text = "".join(blocks) + "".join(f"{line}\n" for line in _squeezed(trailing))
    return text.rstrip("\n") + "\n"


def _block(text: str, piece: Piece, *, first: bool) -> str:
    node = parse_statement(text, piece.span)
    above = list(_squeezed(piece.before))
    if not first and _stands_apart(node) and (not above or above[0] != ""):
        above.insert(0, "")
    if first and above[:1] == [""]:
        above = above[1:]
    verbatim = piece.has_comments or not isinstance(node, syntax.Node)
    body = text[piece.span.start : piece.span.end] if verbatim else show(node)  # type: ignore[arg-type]  # a Finding is no Node
    body += f"  {piece.after}" if piece.after else ""
    return "\n".join([*above, body]) + "\n"


def _stands_apart(node: object) -> bool:
    """Rules and tests get an empty line above; short statements may stand together."""
    return isinstance(node, syntax.Rule | syntax.TestBlock)


def _squeezed(lines: tuple[str, ...]) -> Iterator[str]:
    last = None
    for line in lines:
        if line or last != "":
            yield line
        last = line


def show(node: syntax.Statement) -> str:
    """Print one statement."""
    match node:
        case syntax.Header(kind, name, version):
            return f"{kind} {name} version {version};"
        case syntax.UseTools(file):
            return f"use tools {_text(file)};"
        case syntax.Default(effect, because):
            reason = f" because {_text(because)}" if because is not None else ""
            return f"default {effect}{reason};"
        case syntax.Rule():
            return _rule(node)
        case syntax.TestBlock():
            return _test(node)


def _rule(rule: syntax.Rule) -> str:
    head, effect = f"rule {rule.name}:", f"{rule.effect} {_selector(rule.selector)}"
    parts = [effect, *_clauses(rule)]
    one_line = f"{head} {' '.join(parts)};"
    if len(parts) == 1 and len(one_line) <= WIDTH:
        return one_line
    return "\n  ".join([head, *parts]) + ";"


def _selector(selector: syntax.Selector) -> str:
    text = ", ".join(pattern.text for pattern in selector.patterns)
    excluded = ", ".join(pattern.text for pattern in selector.excluded)
    return f"{text} except {excluded}" if excluded else text


def _clauses(rule: syntax.Rule) -> Iterator[str]:
    if rule.condition is not None:
        yield "when " + condition(rule.condition)
    if rule.priority:
        yield f"priority {rule.priority}"
    if rule.because is not None:
        yield f"because {_text(rule.because)}"
    if rule.reply is not None:
        yield f"reply {_text(rule.reply)}"
    if rule.retryable is not None:
        yield "retry" if rule.retryable else "final"
    if rule.source is not None:
        yield f"source {_text(rule.source.file)} line {rule.source.line}"
    if rule.valid is not None:
        first = f" from {rule.valid.first}" if rule.valid.first else ""
        last = f" until {rule.valid.last}" if rule.valid.last else ""
        yield f"valid{first}{last}"


def condition(node: syntax.Condition) -> str:
    """Print a condition."""
    match node:
        case syntax.Or(parts):
            return " or ".join(_inside(part, syntax.Or) for part in parts)
        case syntax.And(parts):
            return " and ".join(_inside(part, syntax.Or, syntax.And) for part in parts)
        case syntax.Not(inner):
            return "not " + _inside(inner, syntax.Or, syntax.And)
        case syntax.Comparison(left, operator, right) | syntax.TextMatch(left, operator, right):
            return f"{operand(left)} {operator} {operand(right)}"
        case syntax.Membership(left, right, negated):
            return f"{operand(left)} {'not in' if negated else 'in'} {_collection(right)}"
        case syntax.PatternMatch(left, pattern):
            return f"{operand(left)} matches /{_slashed(pattern)}/"
        case syntax.Present(path):
            return f"present({path})"
        case syntax.Holds(path):
            return str(path)


def _inside(part: syntax.Condition, *loose: type) -> str:
    text = condition(part)
    return f"({text})" if isinstance(part, loose) else text


def operand(node: syntax.Operand) -> str:
    """Print one side of a test."""
    return str(node) if isinstance(node, syntax.Path) else value(node.value)


def _collection(node: syntax.ListOf | syntax.Range | syntax.Path) -> str:
    match node:
        case syntax.ListOf(items):
            return "[" + ", ".join(operand(item) for item in items) + "]"
        case syntax.Range(low, high):
            return f"{operand(low)}..{operand(high)}"
        case syntax.Path():
            return str(node)


def _slashed(pattern: str) -> str:
    return pattern.replace("/", "\\/")


def _test(test: syntax.TestBlock) -> str:
    lines = [f"  {_step(step)};" for step in test.steps]
    return "\n".join([f"test {_text(test.name)} {{", *lines, "}"])


def _step(step: syntax.Step) -> str:
    match step:
        case syntax.TestCall(tool, args):
            return f"call {tool}(" + ", ".join(f"{k}: {value(v)}" for k, v in args) + ")"
        case syntax.Expect(effect, rule):
            return f"expect {effect} by {rule}" if rule else f"expect {effect}"
        case syntax.GivenNow(now):
            return f"given now {now.replace(tzinfo=None).isoformat()}"


def value(node: Any) -> str:
    """Print a value as it is written in a policy."""
    match node:
        case bool():
            return "true" if node else "false"
        case None:
            return "null"
        case int() | Decimal():
            return str(node)
        case list() | tuple():
            return "[" + ", ".join(value(item) for item in node) + "]"
        case dict():
            return "{" + ", ".join(f"{_text(k)}: {value(v)}" for k, v in node.items()) + "}"
        case _:
            return _text(node)


def _text(text: str) -> str:
    """Print a text with everything escaped that a reader could not see."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(_visible(char) for char in shown)


def _visible(char: str) -> str:
    seen = char.isprintable() and not HIDDEN.match(char)
    return char if seen else "".join(_escape(unit) for unit in _units(char))


def _units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def _escape(unit: int) -> str:
    return f"\\u{unit:04x}"
