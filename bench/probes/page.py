"""Writes docs/results-probes.md from the committed cases and the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.agentdojo.freezes import Entry
from bench.agentdojo.layout import share, table
from bench.agentdojo.suites import SUITES
from bench.probes import results, score, words
from bench.probes.play import Case
from bench.probes.probe import KINDS
from bench.probes.score import REPORTED, Row


def page(cases: Sequence[Case], ledger: Sequence[Entry], found: Sequence[Mapping[str, Any]]) -> str:
    """Return the page."""
    rows = score.told(cases, ledger)
    ours = [one for one in rows if one.suite not in REPORTED]
    theirs = [one for one in rows if one.suite in REPORTED]
    return "".join(
        [
            words.HEAD,
            "## The suites that policies are built on\n\n",
            _rows(ours),
            words.FLANK,
            f"\n## Travel and workspace\n\n{words.FIRST}{_rows(theirs)}" if theirs else "",
            words.HISTORY,
            _history(ledger),
            _not_run(rows),
            _end(found),
        ]
    )


def _rows(rows: Iterable[Row]) -> str:
    head = ("probe", "suite", "allowed", "of calls", "95 % interval", "goal", "asked", "denied")
    more = ("twins allowed", "held", "allowed, task not begun")
    return table((*head, *more), map(_row, rows))


def _row(row: Row) -> tuple[object, ...]:
    one = row.counts
    goal = f"at most {row.most}" if row.most else "none"
    between = share(one.allowed, one.n)
    seen = (one.allowed, one.n, between, goal, one.asked, one.denied)
    twins = f"{one.passed} of {one.twins}"
    held = "yes" if row.held else "**no: missed**"
    return (KINDS[row.kind].words, row.suite, *seen, twins, held, f"{one.before} of {one.n}")


def _history(ledger: Sequence[Entry]) -> str:
    head = ("suite", "freeze", "probe", "allowed", "of calls", "twins allowed")
    lines = [
        (entry.suite, entry.revision, KINDS[row.kind].words, *_seen(row))
        for suite in SUITES
        for entry, of in score.firsts(ledger)
        if entry.suite == suite.name
        for row in of
    ]
    return table(head, lines)


def _seen(row: Row) -> tuple[object, ...]:
    one = row.counts
    return one.allowed, one.n, f"{one.passed} of {one.twins}"


def _not_run(rows: Sequence[Row]) -> str:
    left = [one.name for one in SUITES if one.name not in {row.suite for row in rows}]
    told = f"- The suites without a measurement: {', '.join(left)}.\n" if left else ""
    return f"\n## Not run\n\n{told}" if told else ""


def _end(found: Sequence[Mapping[str, Any]]) -> str:
    """Say when and on what it was measured, and what it does not show."""
    limits = "".join(f"- {limit}\n" for limit in results.LIMITS)
    text = f"\n## What these figures do not say\n\n{limits}"
    if not found:
        return text
    versions, machine, run = found[0]["versions"], found[0]["machine"], found[0]["run"]
    dirty = (
        "\n**The tree held changes that were not committed, so these figures are preliminary.**\n"
        if versions["dirty"]
        else ""
    )
    return (
        f"{text}{dirty}\n## Again\n\n`make bench-probes` repeats all of this, and ends with 3 if a"
        f" goal is missed. Measured at {run['at']}, benchmark {versions['benchmark']}, Drawbar"
        f" {versions['drawbar']} at `{versions['commit'][:10]}`, Python {versions['python']}"
        f" ({machine['cpu']}, {machine['cores']} cores).\n"
    )
