"""Prints statements as they are written in a policy."""

from collections.abc import Iterator
from typing import Any, Final

from dsl import syntax
from dsl.show.expressions import show_expression, show_steps, show_value, text

WIDTH: Final = 100


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
        case syntax.Fact(name, lookup):
            return f"fact {name} = {_look_up(lookup) if lookup else 'given'};"
        case syntax.SourceLevel(fields, level, whole):
            return f"source {_fields(fields)} as {level}{' whole' if whole else ''};"
        case syntax.KindOf(fields, kind):
            return f"kind {_fields(fields)} is {kind};"
        case syntax.Label():
            return _label(node)
        case syntax.Default(effect, because):
            reason = f" because {text(because)}" if because is not None else ""
            return f"default {effect}{reason};"
        case syntax.Rule():
            return _rule(node)
        case syntax.TestBlock():
            return _test(node)


def _table(table: syntax.Table) -> str:
    rows = [f"  {_key(row.key)}: {show_value(row.value)};" for row in table.rows]
    return "\n".join([f"table {table.name} {{", *rows, "}"])


def _key(key: tuple[Any, ...]) -> str:
    shown = ", ".join(map(show_value, key))
    return shown if len(key) == 1 else f"({shown})"


def _look_up(lookup: syntax.LookUp) -> str:
    given = ", ".join(f"{name}: {show_expression(value)}" for name, value in lookup.arguments)
    return f"lookup {lookup.source}({given}) within {show_value(lookup.within)}"


def _fields(fields: tuple[syntax.ToolField, ...]) -> str:
    return ", ".join(_field(field) for field in fields)


def _field(field: syntax.ToolField) -> str:
    tool = text(field.tool) if "." in field.tool else field.tool
    return tool + show_steps(field.steps)


def _label(label: syntax.Label) -> str:
    shown = f"label {_fields(label.fields)} as {label.name}"
    if label.audience is not None:
        shown += f" for {show_expression(label.audience)}"
    if label.condition is not None:
        shown += f" when {show_expression(label.condition)}"
    return shown + ";"


# Rules


def _rule(rule: syntax.Rule) -> str:
    phase = f" on {rule.phase}" if rule.phase != "call" else ""
    head, selector = f"rule {rule.name}{phase}:", _selector(rule.selector)
    parts = [f"{rule.effect} {selector}".rstrip(), *_clauses(rule)]
    one_line = f"{head} {' '.join(parts)};"
    if len(parts) == 1 and len(one_line) <= WIDTH:
        return one_line
    return "\n  ".join([head, *parts]) + ";"


def _selector(selector: syntax.Selector) -> str:
    chosen = ", ".join(pattern.text for pattern in selector.patterns)
    if selector.where is not None:
        chosen = f"tools where {show_expression(selector.where)}"
    excluded = ", ".join(pattern.text for pattern in selector.excluded)
    return f"{chosen} except {excluded}" if excluded else chosen


def _clauses(rule: syntax.Rule) -> Iterator[str]:
    if rule.condition is not None:
        yield "when " + show_expression(rule.condition)
    if rule.priority:
        yield f"priority {rule.priority}"
    if rule.approver is not None:
        yield f"approver {_approver(rule.approver)}"
    if rule.expires is not None:
        yield f"expires {show_value(rule.expires)}"
    if rule.transforms:
        yield "with " + ", ".join(map(_transform, rule.transforms))
    if rule.duties:
        yield "require " + ", ".join(map(_duty, rule.duties))
    yield from _words(rule)


def _words(rule: syntax.Rule) -> Iterator[str]:
    if rule.because is not None:
        yield f"because {text(rule.because)}"
    if rule.reply is not None:
        yield f"reply {text(rule.reply)}"
    if rule.retryable is not None:
        yield "retry" if rule.retryable else "final"
    if rule.source is not None:
        yield f"source {text(rule.source.file)} line {rule.source.line}"
    if rule.owner is not None:
        yield f"owner {text(rule.owner)}"
    if rule.valid is not None:
        first = f" from {rule.valid.first}" if rule.valid.first else ""
        last = f" until {rule.valid.last}" if rule.valid.last else ""
        yield f"valid{first}{last}"
    if rule.shadow:
        yield "mode shadow"


def _approver(approver: syntax.Approver) -> str:
    return f"role {text(approver.role)}" if approver.role is not None else approver.kind


def _transform(one: syntax.Transform) -> str:
    match one:
        case syntax.Redact(path, detector):
            return f"redact({path}, {text(detector)})"
        case syntax.SetTo(path, value):
            return f"set({path}, {show_value(value)})"
        case syntax.Drop(path):
            return f"drop({path})"


def _duty(duty: syntax.Duty) -> str:
    if isinstance(duty, syntax.Notify):
        return f"notify({text(duty.to)})"
    return f"{duty.tool} {duty.when}"


# Tests


def _test(test: syntax.TestBlock) -> str:
    lines = [f"  {_step(step)};" for step in test.steps]
    return "\n".join([f"test {text(test.name)} {{", *lines, "}"])


def _step(step: syntax.Step) -> str:
    match step:
        case syntax.TestCall():
            return _call(step)
        case syntax.Expect(effect, rule, of_result):
            shown = f"expect {'result ' if of_result else ''}{effect}"
            return f"{shown} by {rule}" if rule else shown
        case syntax.Says(who, words):
            return f"{who} {text(words)}"
        case syntax.GivenNow(now):
            return f"given now {now.replace(tzinfo=None).isoformat()}"
        case syntax.Given():
            return _given(step)


def _call(step: syntax.TestCall) -> str:
    shown = f"call {step.tool}(" + ", ".join(f"{k}: {show_value(v)}" for k, v in step.args) + ")"
    if step.outcome is None:
        return shown
    return (
        f"{shown} fails"
        if step.outcome.fails
        else f"{shown} returns {show_value(step.outcome.value)}"
    )


def _given(step: syntax.Given) -> str:
    match step:
        case syntax.Given("fact", name, value):
            return f"fact {name} = {show_value(value)}"
        case syntax.Given("score", name, value):
            return f"given score {text(str(name))} is {show_value(value)}"
        case syntax.Given("subject", name, roles):
            with_roles = f" roles {show_value(roles)}" if roles else ""
            return f"given subject {text(str(name))}{with_roles}"
        case syntax.Given("agent", name):
            return f"given agent {text(str(name))}"
        case syntax.Given(_, _, value):
            return f"given context {show_value(value)}"
