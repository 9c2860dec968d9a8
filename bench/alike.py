"""Holds engine and interpreter to one verdict on very many cases: `python -m bench.alike 1000000`.

Policies are drawn as text, with every operator, kinds, names, tables, judgements, shadow rules,
changes and duties, an overlay or a session's own rules beside; calls fit them, miss them by one, or
hold what nobody expects. Verdicts must be equal in every part. What was met is counted and told.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

from dsl import interpret
from dsl.engine import evaluating
from dsl.engine.index import Index
from dsl.model import Verdict
from tests.dsl.engine.tidy import writer
from tests.dsl.making import NOW

CALLS: Final = 400  # on each stack of policies
PORTION: Final = 20  # stacks, after which a worker tells what it met
CASES: Final = 1_000_000
WORKERS: Final = 2


def portion(first: int) -> Counter[str]:
    """Compare the verdicts on the calls of some stacks of policies."""
    met: Counter[str] = Counter()
    for seed in range(first, first + PORTION):
        drawn = writer(seed)
        policies = drawn.policies()
        for number in range(CALLS):
            call, state = drawn.call(), drawn.state()
            expected = interpret.evaluate(policies, call, NOW, state)
            found = evaluating.evaluate(policies, call, NOW, state)
            if found != expected:
                message = f"seed {seed}, call {number}"
                raise AssertionError(message)
            met.update(_told(expected))
            met["verdict kept"] += evaluating.is_kept(policies, call, NOW)
        known = policies[0].kept.get(Index)
        met["different verdicts kept"] += len(known.verdicts) if known else 0
    return met


def _told(verdict: Verdict) -> Iterator[str]:
    yield "cases"
    yield f"effect {verdict.effect}"
    yield from {f"unknown: {one.cause}" for one in verdict.reasons if one.cause}
    for name in ("changed", "obligations", "approval", "shadow", "wording"):
        if getattr(verdict, name):
            yield f"with {name}"


def main(wanted: int, first: int = 0) -> None:
    """Compare so many cases and print what was met."""
    began = time.monotonic()
    met: Counter[Any] = Counter()
    starts = range(first, first + -(-wanted // CALLS), PORTION)
    with ProcessPoolExecutor(WORKERS) as pool:
        for done, told in enumerate(pool.map(portion, starts), 1):
            met += told
            if done % 25 == 0:
                print(f"{met['cases']:,} cases, all alike", file=sys.stderr, flush=True)
    print(f"{met.pop('cases'):,} cases, seeds {first} to {starts[-1] + PORTION - 1}: all alike")
    print(f"in {time.monotonic() - began:.0f} s with {WORKERS} processes")
    for what, times in met.most_common():
        print(f"  {what}: {times:,}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or (CASES,)))
