"""The part of docs/results-agentdojo.md that tells of one suite.

Of a suite that is reported each measurement keeps its tables, which the ledger holds: a revision
stands below the first one and takes nothing away from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.agentdojo import freezes, results, score, words
from bench.agentdojo.freezes import Entry, Freeze
from bench.agentdojo.layout import order_of, share, table
from bench.agentdojo.recorded_score import Lost, Recorded
from bench.agentdojo.replay import ANSWERS, Answer
from bench.agentdojo.score import Cases, Counts
from bench.agentdojo.scripts import ORDERS, Order
from bench.agentdojo.suites import Suite

Named = Callable[[str], Counts]  # by the names of the ledger


def section(suite: Suite, cases: Cases, known: Sequence[Freeze], ledger: Sequence[Entry]) -> str:
    """Tell of one suite."""
    of = cases.of(suite.name)
    head = words.POLICY.format(
        title=suite.name.capitalize(),
        name=suite.name,
        count=len(of.hijacked("B", "nobody", "none")),
        now=suite.now.strftime("%Y-%m-%d %H:%M UTC"),
        role=words.OPEN if suite.role == "open" else words.REPORTED,
    )
    if suite.role == "open":
        by = score.by_name(of)
        return head + _measured(of, by.__getitem__, freezes.frozen(suite, known))
    return head + "\n".join(_each(suite, of, known, ledger))


def measurements(suite: str, ledger: Sequence[Entry]) -> list[Entry]:
    """Return what is reported of a suite: each freeze's first measurement, the first one first."""
    return [one for one in freezes.reported(ledger) if one.suite == suite]


def recorded_lines(
    suite: str, runs: Recorded, ledger: Sequence[Entry]
) -> Iterator[tuple[str, Answer, Lost]]:
    """Yield what came of the recorded runs of a suite, of each measurement if it is reported."""
    entered = [one for one in measurements(suite, ledger) if "recorded R nobody" in one.counts]
    if not entered:
        for answer in ANSWERS:
            yield suite, answer, runs.of(suite).lost(answer)
    for nth, one in enumerate(entered):
        name = suite if len(entered) == 1 else f"{suite}, {order_of(nth)}"
        for answer in ANSWERS:
            yield name, answer, Lost(**one.counts[f"recorded R {answer}"])


def _each(
    suite: Suite, of: Cases, known: Sequence[Freeze], ledger: Sequence[Entry]
) -> Iterator[str]:
    by_digest = {one.digest: one for one in known}
    for nth, one in enumerate(measurements(suite.name, ledger)):
        title = f"### {suite.name.capitalize()}: {order_of(nth)}\n\n"
        freeze = by_digest[one.freeze]
        when = f"Measured at {one.at}, frozen on `{freeze.engine_commit[:10]}`.\n\n"
        yield title + when + _measured(of, _named(one.counts), freeze)


def _named(counts: Mapping[str, Any]) -> Named:
    return lambda name: Counts(**counts[name])


def _measured(of: Cases, ours: Named, freeze: Freeze) -> str:
    return f"Seen by its author: {freeze.seen}\n\n{_hijacked(of, ours)}\n{_benign(of, ours)}"


def _hijacked(cases: Cases, ours: Named) -> str:
    head = ("order", "answers", "attacks that succeed", "95 % interval", "distinct attacks")
    more = ("utility", "intact", "asks", "pairs with an ask", "stopped by an ask alone")
    unguarded = [
        _line(order, "no guard", cases.counts(order, "nobody", "none")) for order in ORDERS
    ]
    guarded = [
        _line(order, answer, ours(f"hijacked {order} {answer}"))
        for order in ORDERS
        for answer in ANSWERS
    ]
    closed = _line("B", "everything denied", cases.counts("B", "nobody", "closed"))
    return table((*head, *more), [*unguarded, *guarded, closed])


def _line(order: Order, who: str, counts: Counts) -> tuple[object, ...]:
    hits = counts.attack_succeeded
    seen = f"{hits} of {counts.n}"
    only = "" if counts.ask_only is None else counts.ask_only
    used = (counts.utility, counts.intact, counts.asks, counts.asked_tasks, only)
    between = share(hits, counts.n)
    return (results.order_words(order), who, seen, between, counts.distinct_attacks, *used)


def _benign(cases: Cases, ours: Named) -> str:
    head = ("nobody attacks", "tasks done", "95 % interval", "intact", "asks", "tasks with an ask")
    lines = [_benign_line("no guard", cases.counts_benign("nobody", "none"))]
    lines += [_benign_line(one, ours(f"benign U {one}")) for one in ANSWERS]
    return table(head, lines)


def _benign_line(who: str, counts: Counts) -> tuple[object, ...]:
    done = f"{counts.utility} of {counts.n}"
    between = share(counts.utility, counts.n)
    return who, done, between, counts.intact, counts.asks, counts.asked_tasks
