"""Puts a draft together: the policy's text from a plan, and the tools file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.init import comments
from app.init.cases import Cases
from app.init.guess import Guess
from app.init.parts import Part, above, fields, quoted_tool
from app.init.plan import Plan
from app.init.rules import rules
from app.init.written import laid_out
from dsl import format as layout
from dsl.errors import Source
from dsl.lint.wording import words

_HEAD: Final = """\
A first draft, written by `drawbar init` from {origin}.
It is made of guesses: what a tool does, by the verb in its name; what an argument is, by its last
word. The words in quotes are the server's own, and nobody has checked them. Read each rule before
you trust it. `drawbar lint --strict` and `drawbar test` tell what you break by a change.

How it decides: `deny` goes before `ask` before `allow`, and what no rule speaks of is denied.
docs/language.md explains each word, docs/init.md how this file came about."""
_SOURCES: Final = """
What these tools give back may hold what anybody wrote, so it is `untrusted`. It would be so without
this statement too. Declare as `trusted` only what nobody outside can write, a field at a time."""
_KINDS: Final = """
The kind says how values are compared, so that all spellings of one value are equal."""
_LABELS: Final = """
Labels mark what should not leave, by the words in the names of tools and fields. Review: mark the
fields that matter (`label get_user.passport as secret`), and add what was missed."""
_TRUSTED: Final = ("contacts", "directory", "addressbook", "staff", "employees", "members")


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy's text and its tools file."""

    name: str
    policy: str
    tools: str
    parts: tuple[Part, ...]
    untried: tuple[str, ...]


def draft(name: str, origin: str, plan: Plan) -> Draft:
    """Write a policy and its tools file."""
    cases = Cases(plan)
    parts = [*_declarations(name, origin, plan), *rules(plan), *cases.parts()]
    text = "\n".join(part.written() for part in parts)
    laid = layout.reformat(Source(f"{name}.bar", text))
    return Draft(name, laid, tools_file(plan.guesses), tuple(parts), tuple(cases.untried))


def tools_file(guesses: Sequence[Guess]) -> str:
    """Return the tools file: the definitions as declared, and what is proposed of each."""
    entries = []
    for one in guesses:
        entry: dict[str, Any] = dict(one.declared.entry)
        first = [key for key in ("name", "title", "description") if key in entry]
        named: dict[str, Any] = {key: entry.pop(key) for key in first}
        guessed = {"risk": one.risk, "does": one.act.value, "guessed_from": one.why}
        entries.append({**named, **guessed, "reviewed": False, **entry})
    return laid_out({"tools": entries}) + "\n"


def _declarations(name: str, origin: str, plan: Plan) -> Iterator[Part]:
    head = _HEAD.format(origin=comments.quoted(origin, 200).strip('"'))
    yield Part(f"policy {name} version 1;", tuple(comments.lines(head)))
    words_ = "The tools, with a risk proposed of each, for rules as `tools where risk == ...`."
    yield Part(f'use tools "{name}.tools.json";', above(words_))
    yield from _kinds(plan)
    if plan.reading:
        tools = [one.name for one in plan.reading]
        named = list(map(quoted_tool, tools))
        yield fields("source", named, "as untrusted", _SOURCES + _candidates(plan), tools)
    yield from _labels(plan)


def _candidates(plan: Plan) -> str:
    """Name in a comment what may be worth trusting: never more than that."""
    found = [one.name for one in plan.allowed if set(_TRUSTED) & set(words(one.name))]
    lines = [f"Perhaps: source {quoted_tool(name)} as trusted;" for name in found]
    return "".join(f"\n{line}" for line in lines)


def _kinds(plan: Plan) -> Iterator[Part]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in plan.shown:
        for argument, kind in one.kinds:
            found.setdefault(kind, []).append((one.name, argument))
    for at, (kind, places) in enumerate(found.items()):
        named = [f"{quoted_tool(tool)}.{argument}" for tool, argument in places]
        words_ = "" if at else _KINDS
        yield fields("kind", named, f"is {kind}", words_, (tool for tool, _ in places))


def _labels(plan: Plan) -> Iterator[Part]:
    first = True
    for label in ("secret", "private"):
        if (found := plan.labelled(label)) and (label == "secret" or plan.opening):
            tools = [one.name for one in found]
            named = list(map(quoted_tool, tools))
            yield fields("label", named, f"as {label}", _LABELS if first else "", tools)
            first = False
