"""Holds the law of unknowns on very many small policies: `python -m bench.laws 1000000`.

The decision must be the strictest of all ways in which the unknown tests could turn out. Each
policy has one to four rules, each rule one to three tests, drawn from a list in which every
operator and every kind of question occurs; calls and states are drawn too. The expected outcome is
worked out here by trying every way, without the evaluator's own logic.
"""

import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from dsl import parse, selectors, syntax
from dsl.errors import Source
from dsl.evaluation import conditions
from dsl.evaluation.scope import Purse, Scope, names_of
from dsl.interpret import Bound, evaluate
from dsl.model import Effect, Subject, ToolCall
from dsl.state import Outcome, PastCall
from dsl.types import Unknown
from tests.dsl.drawing_state import Drawn
from tests.dsl.making import NOW

DECLARED: Final = """
fact given = given;
fact looked = lookup get(key: args.a) within 2s;
source get_user as trusted;
kind send.e is email;
label get_user.x as secret;
let share = 1 / args.a;
let big = args.a > 5 or args.b == "x@corp.com";
table free { "a": 0; "b": 4; }
"""
TESTS: Final = (
    "args.a == 1",
    "args.a != 1",
    "args.a < 5",
    "args.a <= 5",
    "args.a > 5",
    "args.a >= 5",
    "args.a? == 1",
    'args.e in ["a@b.com", "X@corp.com"]',
    'args.e != "x@Corp.com"',
    "args.a in 1..5",
    'args.b contains "o"',
    'args.b starts_with "x"',
    'args.b ends_with ".com"',
    'args.b like "*@corp.com"',
    "args.b matches /[a-z@.]+/",
    "present(args.c)",
    "args.c",
    "big",
    "share > 0.5",
    "args.a + 1 == 2",
    "args.a - 1 == 0",
    "args.a * 2 > 4",
    "-args.a < 0",
    "args.a" + " * 1e60" * 25 + " > 1",
    "len(args.l) > 1",
    "any x in args.l: x == 1",
    "all x in args.l: x < 5",
    "none x in args.l: x > 4",
    "count(x in args.l: x == 1) >= 1",
    "sum(x in args.l: x) > 3",
    "free(args.b) == 0",
    'lower(args.b) == "a"',
    'domain(args.b) == "corp.com"',
    'detects(args.b, "email")',
    "near(args.a, 5, 20%)",
    "hour(now) in 8..17",
    "now - 1h > 2026-01-01",
    '"boss" in subject.roles',
    'agent.id == "x"',
    'tool == "send"',
    'fact.given.a == "a"',
    "fact.looked > 4",
    "called(send)",
    "count(send within 1h) >= 1",
    "count(* within 30d per subject) < 2",
    "sum(send: past.args.a within 30d) + args.a > 5",
    "last(send).args.a == 1",
    "first(send).result.a? == 1",
    "since(send, search)",
    "in_turn(search)",
    "called(send where past.args.a == 1 within 1h per agent)",
    "args.b from user",
    "args.b from [user, trusted]",
    "args.b only from trusted",
    "args.b from untrusted",
    "args.b from nowhere",
    'args.b from tool("srv/*")',
    "args.b from record(get_user) where record.title from user",
    "all e in entities(args.b): e from user",
    "directed(args.b)",
    "user_delegated()",
    "user_said(/a/)",
    "session saw untrusted",
    "session has secret",
    "args.b has secret",
)
SCORES: Final = (
    'judge("be kind" as tone forbids) >= 0.8',
    'classify("off_task") > 0.5',
    'similar(args.b, "b_17") >= 0.74',
)
MOST_UNKNOWN: Final = 7
STRICTNESS: Final = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}
_DEFAULTS: Final = (
    None,
    None,
    syntax.Default(Effect.DENY),
    syntax.Default(Effect.ASK),
    syntax.Default(Effect.ALLOW, "open"),
)


@cache
def pool() -> tuple[tuple[syntax.Statement, ...], tuple[Any, ...], tuple[Any, ...]]:
    """Return the declarations, the tests and the scores."""
    rules = [f"rule r{at}: deny * when {text};" for at, text in enumerate((*TESTS, *SCORES))]
    text = "policy p version 1;" + DECLARED + "".join(rules)
    policy = parse.parse(Source("p.bar", text))
    drawn = tuple(rule.condition for rule in policy.rules)
    declared = tuple(s for s in policy.statements if not isinstance(s, syntax.Rule))
    return declared, drawn[: len(TESTS)], drawn[len(TESTS) :]


@dataclass
class Tally:
    """What was drawn, and what went wrong."""

    policies: int = 0
    spent: int = 0  # with a list too long for one rule: only "not less strict" is held
    left_out: int = 0  # more unknowns than can be tried in all ways
    effects: Counter[str] = field(default_factory=Counter)
    sides: Counter[tuple[int, str]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    broken: list[int] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in what another process counted."""
        self.policies += other.policies
        self.spent += other.spent
        self.left_out += other.left_out
        self.effects += other.effects
        self.sides += other.sides
        self.causes += other.causes
        self.broken += other.broken


def _one_in(dice: random.Random, number: int) -> bool:
    return dice.randrange(number) == 0


def condition(dice: random.Random, tests: tuple[Any, ...]) -> Any:
    """Draw one to three tests, joined and turned."""
    parts = [dice.choice(tests) for _ in range(dice.choice((1, 1, 2, 3)))]
    parts = [syntax.Not(part) if _one_in(dice, 5) else part for part in parts]
    if len(parts) == 1:
        return parts[0]
    return dice.choice((syntax.And, syntax.Or))(tuple(parts))


def rule(dice: random.Random, at: int) -> syntax.Rule:
    """Draw a rule; some ask for a learned score."""
    _, tests, scores = pool()
    effect = dice.choice((Effect.ALLOW, Effect.ALLOW, Effect.ALLOW, Effect.ASK, Effect.DENY))
    selector = syntax.Selector((syntax.ToolPattern(dice.choice(("send", "send", "*", "read_*"))),))
    if effect is not Effect.ALLOW and _one_in(dice, 5):
        score = dice.choice(scores)
        joined = score if _one_in(dice, 2) else syntax.And((condition(dice, tests), score))
        return syntax.Rule(f"r{at}", effect, selector, joined)
    asked = None if _one_in(dice, 10) else condition(dice, tests)
    priority = dice.choice((0, 0, 0, 1, -1))
    return syntax.Rule(f"r{at}", effect, selector, asked, priority)


def case(number: int) -> tuple[syntax.Policy, ToolCall, Drawn]:
    """Draw a policy, a call and a state, the same for the same number."""
    dice = random.Random(number)  # noqa: S311 - nothing secret
    declared, _, _ = pool()
    default = dice.choice(_DEFAULTS)
    rules = [rule(dice, at) for at in range(dice.randint(1, 4))]
    statements = (*declared, *([default] if default else []), *rules)
    header = next(one for one in declared if isinstance(one, syntax.Header))
    args = {
        name: value for name, values in _ARGS.items() if (value := dice.choice(values)) is not None
    }
    calls = tuple(dice.choice(_CALLS) for _ in range(dice.randint(0, 3)))
    return syntax.Policy(header, statements), _call(dice, args), Drawn(number, calls)


# Longer than what one rule may look at.
ENDLESS: Final = [0] * 100_001
_ARGS: Final[dict[str, tuple[Any, ...]]] = {
    "a": (0, 1, 1, 5, 9, Decimal("1.5"), "1", None),
    "b": ("a", "x@corp.com", "me@else.org", "X@Corp.com", "b", "no mail", 7, None, "\ud800"),
    "e": ("x@CORP.com", "a@b.com", "z@b.com", "none", 5, None),
    "c": (True, False, None, "x"),
    "l": ([], [1], [1, 2, 9], ["a"], "l", None, ENDLESS),
}
_TIMES: Final = (NOW, NOW + timedelta(hours=9), NOW - timedelta(days=400))
_CALLS: Final = tuple(
    PastCall(tool, {"a": amount}, NOW - ago, outcome, None, {"a": 1}, turn)
    for tool in ("send", "search")
    for amount in (1, 7, "x")
    for ago in (timedelta(minutes=3), timedelta(days=2))
    for outcome in Outcome
    for turn in (0, 1)
)


def _call(dice: random.Random, args: dict[str, Any]) -> ToolCall:
    person = Subject(None, dice.choice(((), ("boss",))))
    tool = dice.choice(("send", "send", "send", "read_file"))
    return ToolCall("c", tool, args, None, person, dice.choice((None, "x", "y")))


def hold(number: int, tally: Tally) -> None:
    """Hold the law on one case."""
    policy, call, state = case(number)
    now = _TIMES[number % len(_TIMES)]
    names = names_of(policy)
    told = []
    for one in policy.rules:
        if not selectors.selects(one.selector, call):
            continue
        scope = Scope(call, now, names, state, effect=one.effect)
        told.append((one, one.name in names.judgements, list(_truths(one.condition, scope, tally))))
    unknown = sum(truth is None for _, _, truths in told for truth in truths)
    tally.policies += 1
    if unknown > MOST_UNKNOWN:
        tally.left_out += 1
        return
    ways = itertools.product((True, False), repeat=unknown)
    default = policy.default.effect if policy.default else Effect.DENY
    expected = max(_outcome(told, default, iter(way)) for way in ways)
    decided = evaluate([Bound(policy)], call, now, state).effect
    tally.effects[decided] += 1
    # A rule that runs out of steps may know less than each of its tests would by itself.
    spent = call.args.get("l") is ENDLESS
    tally.spent += spent
    if STRICTNESS[decided] < expected or (STRICTNESS[decided] > expected and not spent):
        tally.broken.append(number)


def _truths(node: Any, scope: Scope, tally: Tally) -> Iterator[bool | None]:
    """Yield what each test comes to, in the order written; None is unknown."""
    match node:
        case None:
            return
        case syntax.And(parts) | syntax.Or(parts):
            for part in parts:
                yield from _truths(part, scope, tally)
        case syntax.Not(inner):
            yield from _truths(inner, scope, tally)
        case _:
            truth = conditions.evaluate(node, replace(scope, purse=Purse()))
            if isinstance(truth, Unknown):
                tally.causes[truth.cause] += 1
            side = "unknown" if isinstance(truth, Unknown) else str(truth)
            tally.sides[_place(node), side] += 1
            yield None if isinstance(truth, Unknown) else truth


def _place(test: Any) -> int:
    return _places()[id(test)]


@cache
def _places() -> dict[int, int]:
    _, tests, scores = pool()
    return {id(test): at for at, test in enumerate((*tests, *scores))}


def _outcome(told: list[Any], default: Effect, way: Iterator[bool]) -> int:
    """Decide without unknowns, as plainly as the law reads."""
    plain: list[tuple[int, int]] = []
    judged: list[int] = []
    for one, judges, truths in told:
        settled = iter([next(way) if truth is None else truth for truth in truths])
        if _holds(one.condition, settled):
            strict = STRICTNESS[one.effect]
            if judges:
                judged.append(strict)
            else:
                plain.append((one.priority, strict))
    base = max(plain)[1] if plain else STRICTNESS[default]
    return max([base, *judged])


def _holds(node: Any, truths: Iterator[bool]) -> bool:
    match node:
        case None:
            return True
        case syntax.And(parts):
            held = [_holds(part, truths) for part in parts]  # each takes its own truths
            return all(held)
        case syntax.Or(parts):
            held = [_holds(part, truths) for part in parts]
            return any(held)
        case syntax.Not(inner):
            return not _holds(inner, truths)
        case _:
            return next(truths)


def run(numbers: range) -> Tally:
    """Hold the law on many cases."""
    tally = Tally()
    for number in numbers:
        hold(number, tally)
    return tally


def main(count: int, workers: int = 2) -> Tally:
    """Hold the law on `count` cases and print what was drawn."""
    step = 2_000
    began = time.monotonic()
    whole = Tally()
    with ProcessPoolExecutor(workers) as workshop:
        parts = [range(at, min(at + step, count)) for at in range(0, count, step)]
        for done, part in enumerate(workshop.map(run, parts), start=1):
            whole.add(part)
            if done % 25 == 0:
                print(f"  {whole.policies:,} of {count:,}", file=sys.stderr, flush=True)
    print(
        f"{whole.policies:,} policies in {time.monotonic() - began:.0f} s, seeds 0 to {count - 1:,}"
    )
    print(f"left out, with more than {MOST_UNKNOWN} unknown tests: {whole.left_out:,}")
    print(f"with a list too long for one rule, so held to be no less strict: {whole.spent:,}")
    print("effects: " + ", ".join(f"{k} {v:,}" for k, v in sorted(whole.effects.items())))
    print("unknown causes: " + ", ".join(f"{k} {v:,}" for k, v in sorted(whole.causes.items())))
    for at, text in enumerate((*TESTS, *SCORES)):
        sides = {side: whole.sides[at, side] for side in ("True", "False", "unknown")}
        if missing := [side for side, seen in sides.items() if not seen]:
            print(f"never {', '.join(missing).lower()}: {text}")
    print(f"broken: {len(whole.broken)} {whole.broken[:10]}")
    return whole


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    sys.exit(bool(found.broken))
