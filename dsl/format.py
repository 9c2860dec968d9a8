"""The canonical printer: one way to lay out a policy, comments kept."""

from collections.abc import Iterator
from typing import Any, Final

from dsl import syntax
from dsl.errors import PolicyError, Source
from dsl.parse import read
from dsl.parse import statement as parse_statement
from dsl.show import show_expression, show_value, text
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
    """Rules, tests and tables get an empty line above; short statements may stand together."""
    return isinstance(node, syntax.Rule | syntax.TestBlock | syntax.Table)


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
            return f"use tools {text(file)};"
        case syntax.TimeZone(name):
            return f"timezone {text(name)};"
        case syntax.Let(name, value):
            return f"let {name} = {show_expression(value)};"
        case syntax.Table():
            return _table(node)
        case syntax.Default(effect, because):
            reason = f" because {text(because)}" if because is not None else ""
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


def _table(table: syntax.Table) -> str:
    rows = [f"  {_key(row.key)}: {show_value(row.value)};" for row in table.rows]
    return "\n".join([f"table {table.name} {{", *rows, "}"])


def _key(key: tuple[Any, ...]) -> str:
    shown = ", ".join(map(show_value, key))
    return shown if len(key) == 1 else f"({shown})"


def _selector(selector: syntax.Selector) -> str:
    text = ", ".join(pattern.text for pattern in selector.patterns)
    excluded = ", ".join(pattern.text for pattern in selector.excluded)
    return f"{text} except {excluded}" if excluded else text


def _clauses(rule: syntax.Rule) -> Iterator[str]:
    if rule.condition is not None:
        yield "when " + show_expression(rule.condition)
    if rule.priority:
        yield f"priority {rule.priority}"
    if rule.because is not None:
        yield f"because {text(rule.because)}"
    if rule.reply is not None:
        yield f"reply {text(rule.reply)}"
    if rule.retryable is not None:
        yield "retry" if rule.retryable else "final"
    if rule.source is not None:
        yield f"source {text(rule.source.file)} line {rule.source.line}"
    if rule.valid is not None:
        first = f" from {rule.valid.first}" if rule.valid.first else ""
        last = f" until {rule.valid.last}" if rule.valid.last else ""
        yield f"valid{first}{last}"


def _test(test: syntax.TestBlock) -> str:
    lines = [f"  {_step(step)};" for step in test.steps]
    return "\n".join([f"test {text(test.name)} {{", *lines, "}"])


def _step(step: syntax.Step) -> str:
    match step:
        case syntax.TestCall(tool, args):
            return f"call {tool}(" + ", ".join(f"{k}: {show_value(v)}" for k, v in args) + ")"
        case syntax.Expect(effect, rule):
            return f"expect {effect} by {rule}" if rule else f"expect {effect}"
        case syntax.GivenNow(now):
            return f"given now {now.replace(tzinfo=None).isoformat()}"
