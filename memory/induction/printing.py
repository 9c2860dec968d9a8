"""Rules as people read them: an overlay of what narrows, and a list of what they may soften."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dsl import syntax
from dsl.errors import Finding, Source
from dsl.format import reformat
from dsl.lint.rule import Unit
from dsl.lint.run import has_error
from dsl.model import Effect
from dsl.parse import read, statement
from dsl.show.expressions import show_expression
from dsl.show.statements import show
from memory.induction.configuration import Configuration
from memory.induction.evidence import Side
from memory.induction.rule import Level, Rule, Shape
from memory.induction.weights import ONE

_BOUND: Final = 10_000
_BECAUSE: Final = "calls like this one were reported as violations"


@dataclass(frozen=True, slots=True)
class Nomination:
    """A denial by a model that people said was wrong, and what an exception would say.

    `needs` are the statements that name what the condition speaks of.
    """

    rule: str
    tool: str
    condition: str
    needs: tuple[str, ...]
    nominated: bool
    bound: int


def narrow(rules: Iterable[Rule], configuration: Configuration) -> str:
    """Return the overlay of all rules that deny calls; those not asking yet only watch."""
    stopping = (one for one in rules if one.shape.side is Side.DENY)
    texts = [
        "\n".join((*_provenance(one), show(_statement(one, configuration)), "")) for one in stopping
    ]
    return reformat(Source("memory", _headed(texts, configuration)))


def _headed(rules: Sequence[str], configuration: Configuration) -> str:
    """Put in front of rules what they need: of the named words those that they speak of."""
    text = "\n".join(rules)
    said = _named_in(text, configuration)
    return "\n".join((configuration.head.rstrip("\n"), *said, "", text))


def _named_in(text: str, configuration: Configuration) -> list[str]:
    """Return the statements that name the words of commands which a text speaks of."""
    return [let for name, let in configuration.words.items() if f"{name}[" in text]


def soften(rules: Iterable[Rule], configuration: Configuration) -> Sequence[Nomination]:
    """Return what a person may soften, the best proved first. It changes no decision."""
    found = [one for one in rules if one.shape.side is Side.SOFTEN]
    ordered = sorted(found, key=lambda one: (-one.evidence.bound, one.id))
    return [_nomination(one, configuration) for one in ordered]


def _nomination(rule: Rule, configuration: Configuration) -> Nomination:
    text = show_expression(rule.shape.condition)
    needs = tuple(_named_in(text, configuration))
    nominated = rule.level is Level.ASK
    return Nomination(rule.id, rule.shape.tool, text, needs, nominated, rule.evidence.bound)


def _provenance(rule: Rule) -> Iterator[str]:
    """Yield where a rule comes from, without any value or comment."""
    evidence, weight = rule.evidence, rule.evidence.weight
    parent = f" parent {rule.parent}" if rule.parent is not None else ""
    yield (
        f"# memory {rule.id} {rule.level}{parent} a={_shown(weight.agreeing, ONE)}"
        f" d={_shown(weight.contradicting, ONE)} n_bg={_shown(evidence.background, ONE)}"
        f" L={_shown(evidence.bound, _BOUND)} reporters={len(evidence.reporters)}"
        f" groups={len(evidence.groups)}"
    )


def _shown(number: int, of: int) -> str:
    whole, rest = divmod(number, of)
    digits = f"{rest:0{len(str(of)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _statement(rule: Rule, configuration: Configuration) -> syntax.Rule:
    return _asking(rule.shape, configuration, shadow=rule.level is not Level.ASK)


def _asking(shape: Shape, configuration: Configuration, *, shadow: bool) -> syntax.Rule:
    return syntax.Rule(
        name=shape.id,
        effect=Effect.ASK,
        selector=syntax.Selector((syntax.ToolPattern(shape.tool),)),
        condition=shape.condition,
        approver=syntax.Approver("role", configuration.approver),
        because=_BECAUSE,
        shadow=shadow,
    )


def fits(shape: Shape, configuration: Configuration) -> bool:
    """Tell whether the language can say a rule: it reads back as itself, and lints clean.

    What it cannot say is no rule: a name that is no word of it, a text that nobody could read.
    """
    written = _asking(shape, configuration, shadow=False)
    text, notes = show(written), configuration.notes
    if text not in notes:
        whole = _headed([text], configuration)
        notes[text] = _reads_back(text, written) and not _errors(whole, configuration)
    return notes[text]


def _reads_back(text: str, written: syntax.Rule) -> bool:
    found = statement(text)
    return not isinstance(found, Finding) and found == written


def _errors(text: str, configuration: Configuration) -> bool:
    source = Source("memory", text)
    policy, broken = read(source)
    if policy is None or broken:
        return True
    return has_error(Unit(source, policy, tuple(broken), configuration.tools))
