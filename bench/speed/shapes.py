"""Four shapes of policies, drawn from a seed, and calls for them.

All calls carry the same five arguments, so every rule can be answered: what engines make of a
missing one is asked elsewhere.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.speed.rules import Check, Rule

SEED: Final = 11
TIMED: Final = 512  # distinct calls that are asked about in turn
CHECKED: Final = 200
_ROLES: Final = 10
_MET: Final = 0.85  # the chance that a drawn call passes a test of the rule it is drawn for
Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: its name, what it is in words, and its rule number `at` of `number`."""

    name: str
    words: str
    rule: Callable[[int, random.Random], str]
    last: bool = True  # whether the calls that are timed all pass the last rule

    def text(self, number: int) -> str:
        """Return a policy of as many rules."""
        dice = random.Random(f"{SEED} {self.name}")  # noqa: S311 - no secret hangs on it
        rules = (f"rule r{at}: {self.rule(at, dice)};\n" for at in range(number))
        return f"policy {self.name} version 1;\n{''.join(rules)}"

    def timed(self, rules: Sequence[Rule], mark: str = "") -> list[Call]:
        """Return the calls that are timed, each with arguments of its own; a mark joins them."""
        dice = random.Random(f"{SEED} timed")  # noqa: S311 - no secret hangs on it
        names = [f"u{at}{mark}" for at in range(TIMED)]
        if self.last:
            return [aimed(rules[-1], dice, 1.0, name) for name in names]
        return [aimed(dice.choice(rules), dice, _MET, name) for name in names]


def checked(rules: Sequence[Rule]) -> list[Call]:
    """Return the calls on which every engine must answer as the interpreter does."""
    dice = random.Random(f"{SEED} checked")  # noqa: S311 - no secret hangs on it
    return [aimed(dice.choice(rules), dice, _MET, f"v{at}") for at in range(CHECKED)]


def aimed(rule: Rule, dice: random.Random, met: float, name: str) -> Call:
    """Return a call on a rule's tool that passes each of its tests by a chance."""
    at = dice.randrange(1000)
    args: dict[str, Any] = {
        "role": f"role{dice.randrange(_ROLES)}",
        "amount": dice.randrange(2000),
        "to": f"{name}@d{at}.example.com",
        "path": f"/srv/t{at}/{name}.txt",
        "team": f"team{at}",
    }
    for test in rule.tests:
        if dice.random() < met:
            args[test.argument] = _passing(test, dice, name)
    return {"tool": rule.tool, "args": args}


def _passing(test: Check, dice: random.Random, name: str) -> Any:
    value = test.value
    match test.operator:
        case "<=":
            return dice.randint(0, value)
        case ">=":
            return value + dice.randrange(100)
        case "in":
            return dice.choice(value)
        case "starts_with":
            return f"{value}{name}.txt"
        case "ends_with":
            return f"{name}{value}"
        case "contains":
            return f"/srv{value}{name}.txt"
        case "matches":  # all patterns here are letters and digits, and then a text
            return name + value.partition("+")[2].replace("\\", "")
    return value


def _per_tool(at: int, _dice: random.Random) -> str:
    team = f'["team{at}", "lead{at}"]'
    return f"allow tool_{at} when {_who(at)} and args.team in {team}"


def _on_one(at: int, _dice: random.Random) -> str:
    return f'allow send when {_who(at)} and args.to ends_with "@d{at}.example.com"'


def _regex(at: int, _dice: random.Random) -> str:
    pattern = rf"/[a-z0-9]+@d{at}\.example\.com/"
    return f"allow tool_{at % 20} when {_who(at)} and args.to matches {pattern}"


def _who(at: int) -> str:
    return f'args.role == "role{at % _ROLES}" and args.amount <= {100 + at}'


def _mixed(at: int, dice: random.Random) -> str:
    """Return a rule that allows, or in one case of four denies, by two to four tests."""
    some = dice.randrange(200)
    tests = {
        "role": f'args.role == "role{dice.randrange(_ROLES)}"',
        "amount": f"args.amount {dice.choice(('<=', '>='))} {dice.randrange(100, 1900)}",
        "to": f'args.to ends_with "@d{some}.example.com"',
        "path": f'args.path {dice.choice(("starts_with", "contains"))} "/t{some}/"',
        "team": f"args.team in [{_teams(dice)}]",
    }
    chosen = dice.sample(sorted(tests), dice.randint(2, 4))
    effect = "deny" if dice.random() < 0.25 else "allow"  # noqa: PLR2004 - one in four
    return f"{effect} tool_{dice.randrange(50)} when {' and '.join(tests[one] for one in chosen)}"


def _teams(dice: random.Random) -> str:
    return ", ".join(f'"team{dice.randrange(1000)}"' for _ in range(dice.randint(1, 6)))


SHAPES: Final = (
    Shape("tool", "one rule a tool: a role, an amount and one of two teams", _per_tool),
    Shape("one", "all on one tool: a role, an amount and how an address ends", _on_one),
    Shape(
        "mixed",
        "on 50 tools, one rule in four denies, two to four tests each",
        _mixed,
        last=False,
    ),
    Shape("regex", "on 20 tools: a role, an amount and a pattern of an address", _regex),
)
