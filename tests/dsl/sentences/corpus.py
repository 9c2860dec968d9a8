"""The hand-written sentences: each with a right and a wrong declaration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dsl import syntax, toolspec
from dsl.errors import Source
from dsl.lint.reading import Reading
from dsl.parse import parse
from dsl.sentences.meaning import NotMeant, meaning
from dsl.sentences.slots import Meant
from dsl.show.expressions import show_expression, text

FOLDER: Final = Path(__file__).parents[2] / "corpus" / "sentences"
FILES: Final = ("build.txt", "held.txt", "fresh.txt", "sought.txt")
WORLD: Final = (FOLDER / "world.bar").read_text("utf-8")
BASE: Final = parse(Source("world.bar", WORLD))
TOOLS: Final = toolspec.read(
    Source("world.tools.json", (FOLDER / "world.tools.json").read_text("utf-8"))
)
ASKING: Final = ("confirm", "cond_approval")


@dataclass(frozen=True)
class Declared:
    """A sentence as it is declared in a rule; `holds`: what its rule must hold, if it is right."""

    sentence: str
    kind: str
    polarity: str
    tools: str
    effect: str
    holds: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """Return the rule in the words of a policy."""
        return self.rule_named("")

    def rule_named(self, number: object) -> str:
        """Return the rule under a name of its own."""
        judge = f"judge({text(self.sentence)} as {self.kind} {self.polarity}) >= 0.5"
        return f"rule r{number}: {self.effect} {self.tools} when {judge};"


@dataclass(frozen=True)
class Line:
    """One line of the corpus: a sentence, rightly declared if it can be, and wrongly."""

    right: Declared | None
    wrong: Declared


def lines(name: str) -> Iterator[Line]:
    """Yield the lines of a file of the corpus."""
    for row in (FOLDER / name).read_text("utf-8").splitlines():
        if row.strip() and not row.startswith("#"):
            yield _line([part.strip() for part in row.split("|")])


def _line(parts: Sequence[str]) -> Line:
    tools, right, wrong, sentence, holds = parts
    declared, _, elsewhere = wrong.partition(" @")
    kinds = {one.split()[0] for one in (right, declared)}
    effect = "ask" if kinds & set(ASKING) else "deny"
    kind, polarity = declared.split()
    wrongly = Declared(sentence, kind, polarity, elsewhere or tools, effect)
    if right == "-":
        return Line(None, wrongly)
    wanted = tuple(one.strip() for one in holds.split(","))
    kind, polarity = right.split()
    return Line(Declared(sentence, kind, polarity, tools, effect, wanted), wrongly)


def read(one: Declared) -> Meant | NotMeant:
    """Return the rule that a declared sentence means in its rule."""
    (rule,) = parse(Source("rule.bar", f"policy world version 1;\n{one.rule}\n")).rules
    policy = replace(BASE, statements=(*BASE.statements, rule))
    reading = Reading(policy, TOOLS)
    (judged,) = reading.nodes(rule.condition, syntax.Judged)
    return meaning(judged, rule, policy, reading)


def shown(one: Declared) -> str:
    """Return the meant rule in words, or why there is none."""
    found = read(one)
    return show_expression(found.condition) if isinstance(found, Meant) else f"! {found.why}"
