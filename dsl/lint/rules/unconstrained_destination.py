"""A rule allows a tool and does not look at where the call goes.

Why: whoever talks the agent into the call chooses the recipient, the address or the file. A limit
on an amount, a fact about the call, or a deny that looks at the destination are taken for enough.
Avoid: rule mail: allow send_email when not args.body contains "secret";
Prefer: rule mail: allow send_email when args.to from user and not present(args.cc);
Fix: none, the destinations to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint import wording
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.destructive_allow import unlimited
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR404", name="unconstrained-destination", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find what a rule allows to any destination, each argument once a rule."""
    reading = unit.reading
    for rule in reading.rules:
        if not _open(reading, rule):
            continue
        told = set[str]()
        for tool in reading.tools(rule):
            for name in _anywhere(reading, rule, tool):
                if name not in told:
                    told.add(name)
                    message = f"`{rule.name}` allows `{tool.name}` with any `{name}`"
                    hint = f"say which `args.{name}` is meant, or deny all others"
                    yield LINT_RULE.at(rule.name_span, message, hint)


def _open(reading: Reading, rule: syntax.Rule) -> bool:
    """Tell whether a rule limits its calls in none of the ways that make up for it."""
    if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
        return False
    if any(one.text.rpartition("/")[2] == "*" for one in rule.selector.patterns):
        return False  # BAR402
    read = list(reading.nodes(rule.condition, syntax.Node))
    return not any(_limits(reading, one) for one in read)


def _limits(reading: Reading, node: syntax.Node) -> bool:
    """Tell whether a number of the call is limited, or a fact or earlier call is asked for."""
    match node:
        case syntax.Past() | syntax.Path("fact"):
            return True
        case syntax.Comparison(left, "<" | "<=" | ">" | ">=", right):
            return any(_is_number(reading, side) for side in (left, right))
        case syntax.Membership(left, syntax.Range()):
            return _is_number(reading, left)
    return False


def _is_number(reading: Reading, side: syntax.Operand) -> bool:
    made = isinstance(side, syntax.Arithmetic | syntax.Aggregate)
    return made or reading.place(side) is not None


def _anywhere(reading: Reading, rule: syntax.Rule, tool: Tool) -> Iterator[str]:
    if wording.reads_only(tool.name) or unlimited(reading, rule, tool):
        return
    names = [
        name for name, schema in tool.arguments().items() if wording.leads_somewhere(name, schema)
    ]
    if not names:
        return
    restraints = reading.restraints(rule, tool)
    if any(one.condition is None for one in restraints):
        return
    seen = {steps[:1] for one in (rule, *restraints) for steps in reading.reads(one)}
    if all(steps and steps[0] in tool.arguments() for steps in reading.reads(rule)):  # else BAR103
        yield from (name for name in names if (name,) not in seen and () not in seen)
