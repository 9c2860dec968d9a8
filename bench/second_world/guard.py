"""The rules of a seed, and how much of each the guard knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Final

from bench.second_world.firm import Firm, dice
from bench.second_world.lore import Lore
from bench.second_world.rules import Rule
from bench.second_world.sessions import Deed
from bench.second_world.templates import TEMPLATES, Template, known_by_word
from bench.second_world.traits import deeds
from dsl.model import Effect
from memory.induction.case import Base

_SAMPLE: Final = 2_500
_TRIES: Final = 8  # draws of one template, until one is as frequent as wished
_BANDS: Final = ((0.001, 0.004), (0.004, 0.012), (0.012, 0.03))  # rare, middling, frequent
_ALL: Final = (0.05, 0.17)  # the share of calls that break any rule
_EXTRA: Final = (0.003, 0.03)  # the share that the model denies too much for one rule


class Stance(Enum):
    """How much the guard knows of a rule."""

    WHOLE = "whole"
    WIDE = "wide"
    LACKED = "lacked"


@dataclass(frozen=True, slots=True)
class Held:
    """One hidden rule, and what the guard makes of it."""

    rule: Rule
    stance: Stance
    wide: Rule | None = None  # as the model has it


class Guard:
    """What stands before the tools: whole rules, and a model that errs."""

    def __init__(self, held: Sequence[Held], rng: Random) -> None:
        self.held = held
        self._slips = rng.uniform(0.002, 0.012)
        self._misses = rng.uniform(0.02, 0.08)

    def violated(self, deed: Deed) -> tuple[int, ...]:
        """Return the numbers of the rules that a call breaks."""
        return tuple(at for at, one in enumerate(self.held) if one.rule.broken(deed))

    def decide(self, deed: Deed, rng: Random) -> Base:
        """Return what the guard says of a call."""
        slip, miss = rng.random() < self._slips, rng.random() < self._misses
        if any(one.stance is Stance.WHOLE and one.rule.broken(deed) for one in self.held):
            return Base(effect=Effect.DENY, soft=False)
        wide = any(one.wide is not None and one.wide.broken(deed) for one in self.held)
        if (wide and not miss) or slip:
            return Base(effect=Effect.DENY, soft=True)
        return Base(effect=Effect.ALLOW, soft=False)


def guard(seed: int, firm: Firm) -> Guard:
    """Return the guard of a seed; sets of rules that make no likely world are drawn again."""
    sample = deeds(dice(seed, "sample"), firm, 10, _SAMPLE)
    rng = dice(seed, "rules")
    while True:
        rules = _rules(Lore(rng, firm, sample), sample)
        broken = sum(any(rule.broken(deed) for rule in rules) for deed in sample)
        held = _stances(rng, rules, sample)
        if held and _ALL[0] <= broken / len(sample) <= _ALL[1]:
            return Guard(held, rng)


def _rules(lore: Lore, sample: Sequence[Deed]) -> list[Rule]:
    """Return 12 to 16 rules: each of its own template, some rare and some frequent."""
    wanted = lore.rng.randint(12, 16)
    opaque = {(one := known_by_word(lore)).tools: one for _ in range(lore.rng.choice((1, 1, 2)))}
    made = list(opaque.values())
    for template in lore.rng.sample(TEMPLATES, len(TEMPLATES)):
        if len(made) < wanted and (rule := _fitting(template, lore, sample)):
            made.append(rule)
    lore.rng.shuffle(made)
    return made


def _fitting(template: Template, lore: Lore, sample: Sequence[Deed]) -> Rule | None:
    """Return a rule of a template that is as rare or frequent as the dice say."""
    low, high = lore.rng.choices(_BANDS, (30, 42, 28))[0]
    for _ in range(_TRIES):
        rule = template(lore)
        if low <= _share(rule, sample) < high:
            return rule
    return None


def _stances(rng: Random, rules: Sequence[Rule], sample: Sequence[Deed]) -> list[Held]:
    """Return the rules, a third each whole, too wide and lacked; none if that cannot be."""
    third = round(len(rules) / 3)
    wides = {rule.name: wide for rule in rules if (wide := _wide(rng, rule, sample))}
    plain = [rule.name for rule in rules if not rule.opaque]
    rng.shuffle(plain)
    too_wide = [name for name in plain if name in wides][:third]
    whole = [name for name in plain if name not in too_wide][:third]
    if len(too_wide) < third or len(whole) < third:
        return []
    return [
        Held(rule, Stance.WIDE, wides[rule.name])
        if rule.name in too_wide
        else Held(rule, Stance.WHOLE if rule.name in whole else Stance.LACKED)
        for rule in rules
    ]


def _wide(rng: Random, rule: Rule, sample: Sequence[Deed]) -> Rule | None:
    """Return a rule as a model has it that forgot a part; it denies more, but not all."""
    own = _share(rule, sample)
    likely = [wide for wide in rule.wider() if _EXTRA[0] <= _share(wide, sample) - own <= _EXTRA[1]]
    return rng.choice(likely) if likely and not rule.opaque else None


def _share(rule: Rule, sample: Sequence[Deed]) -> float:
    return sum(map(rule.broken, sample)) / len(sample)
