"""`drawbar explain`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from app.binding.bindings import Binding, Rollout, rolled_out, shown
from app.binding.standing_by import standing_by
from app.cli.check import read_call, session_of
from app.cli.options import FACT, FORMAT, NOW, POLICIES, TOOLS, USER
from app.cli.output import Output, coloured, dump
from app.cli.times import instant
from app.policy import policies
from dsl import explain as telling
from dsl import unreadable
from dsl.errors import printable
from dsl.evaluation.scope import Scope
from dsl.explain import Atom, PolicyStory, RuleStory
from dsl.interpret import evaluate
from dsl.show.expressions import show_value
from dsl.testing.run import in_words
from dsl.types import Interval, Truth, Unknown

_LONGEST = 200


@click.command()
@POLICIES
@click.option(
    "--call",
    help='A call, as JSON: {"tool": "pay", "args": {"amount": 5}}. Without it, the policies alone.',
)
@TOOLS
@USER
@FACT
@NOW
@FORMAT
def explain(
    policy: tuple[Path, ...],
    call: str | None,
    tools: Path | None,
    user: tuple[str, ...],
    facts: Mapping[str, Any],
    now: str | None,
    output: str,
) -> None:
    """Tell why a call is decided as it is, or how each rule can become unknown.

    With a call: each rule that speaks of its tool, whether it applied, each test of its condition,
    and each value with where it was seen in the session. Exit codes: 0 clean, 1 could not run,
    2 usage.
    """
    found = policies.load(policy, tools)
    bound = found.bound
    moment = instant(now, "--now") or datetime.now(UTC)
    if call is None:
        stories = [telling.describe(one) for one in bound]
        verdict = None
    else:
        wanted = read_call(call)
        session = session_of(bound, wanted, user, facts)
        verdict = evaluate(bound, wanted, moment, session)
        marked = replace(wanted, args=unreadable.seen(wanted.args))
        stories = [telling.explain(one, Scope(marked, moment, state=session)) for one in bound]
    if output == Output.JSON:
        click.echo(dump({"policies": [_json(one) for one in stories]}))
        return
    if verdict is not None:
        effect, _, why = in_words(verdict).partition(": ")
        click.echo(printable(f"{coloured(effect)}  {why}"))
    for story in stories:
        lines = [*_lines(story, called=call is not None)]
        click.echo("\n".join([*lines, *_bound(found.entries_for(story.name), moment)]))


def _json(story: PolicyStory) -> dict[str, Any]:
    return {
        "policy": story.name,
        "default": story.default,
        "default_written": story.default_written,
        "rules": [_rule_json(one) for one in story.rules],
    }


def _rule_json(story: RuleStory) -> dict[str, Any]:
    return {
        "rule": story.rule.name,
        "effect": story.rule.effect,
        "in_force": story.in_force,
        "applied": None if story.applied is None else _truth(story.applied),
        "tests": [
            {
                "text": test.text,
                "truth": _truth(test.truth),
                "values": [
                    {"text": atom.text, "value": _value(atom.value), "seen_in": atom.origins}
                    for atom in test.atoms
                ],
            }
            for test in story.tests
        ],
        "unknown_when": story.unknown_when,
    }


def _lines(story: PolicyStory, *, called: bool) -> Iterator[str]:
    yield ""
    if story.default is None:
        yield f"overlay {story.name}: no opinion where no rule applies"
    else:
        written = "as it says" if story.default_written else "as nothing else is written"
        yield f"policy {story.name}: {story.default} where no rule applies, {written}"
    for one in story.rules:
        yield from _rule_lines(one, called=called)
    if called and not story.rules:
        yield "  no rule speaks of this tool"


def _bound(entries: Sequence[Binding], now: datetime) -> Iterator[str]:
    """Say where what was explained is not enforced."""
    for one in entries:
        whose = _whose(one)
        if whose:
            yield f"  it judges {whose} alone"
        if one.rollout is not Rollout.ENFORCE:
            yield f"  {rolled_out(one)}"
        if one.stands_by_for is not None:
            yield f"  {standing_by(one)}"
        if one.observes(now) and one.observe_until is not None:
            yield f"  it only observes until {shown(one.observe_until)}: it refuses nothing"


def _whose(one: Binding) -> str:
    """Say whom an entry names."""
    told = []
    if one.edges is not None:
        told.append(f"at {', '.join(one.edges)}")
    for kind, names in (("tenant", one.tenants), ("agent", one.agents)):
        if names is not None:
            told.append(f"for the {kind} {' or '.join(names)}")
    if one.environments is not None:
        told.append(f"in {' or '.join(one.environments)}")
    return " ".join(told)


def _rule_lines(story: RuleStory, *, called: bool) -> Iterator[str]:
    rule = story.rule
    head = f"  rule {rule.name} ({coloured(rule.effect)})"
    if called:
        head += ": does not apply" if story.applied is None else _applied(story.applied)
        head += "" if story.in_force else ", as it is not in force on that day"
    yield head + ("; in shadow mode: it decides nothing" if rule.shadow else "")
    for test in story.tests:
        yield printable(f"    {_truth(test.truth)}: {test.text}")
        for atom in test.atoms:
            yield printable(f"      {_atom(atom)}")
    if not called:
        for cause in story.unknown_when:
            yield f"    unknown when {cause}"


def _applied(truth: Truth) -> str:
    if isinstance(truth, Unknown):
        return f": applies, as it cannot be evaluated ({truth.cause}: {truth.path})"
    return ": applies"


def _truth(truth: Truth) -> str:
    if isinstance(truth, Unknown):
        return f"unknown ({truth.cause}: {truth.path})"
    return "true" if truth else "false"


def _atom(atom: Atom) -> str:
    seen = f", seen in: {', '.join(atom.origins)}" if atom.origins else ""
    shown = _value(atom.value)
    short = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."
    return f"{atom.text} is {short}{seen}"


def _value(value: Any) -> str:
    if isinstance(value, Unknown):
        return _truth(value)
    if isinstance(value, Interval):
        return f"from {show_value(value.low)} to {show_value(value.high)}"
    return show_value(value) if isinstance(value, _SHOWN) else str(value)


_SHOWN = (str, bool, int, list, tuple, dict)
