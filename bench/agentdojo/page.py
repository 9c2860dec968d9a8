"""Writes docs/results-agentdojo.md from the committed cases: every figure is counted here again."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from bench.agentdojo import acceptance, goals, page_suites, results, words
from bench.agentdojo.ablations import VARIANTS, worth
from bench.agentdojo.freezes import Entry, Freeze
from bench.agentdojo.goals import Row, Told
from bench.agentdojo.layout import order_of, share, table
from bench.agentdojo.recorded_score import Lost, Recorded
from bench.agentdojo.replay import Answer
from bench.agentdojo.score import Cases
from bench.agentdojo.suites import SUITES, Suite


def page(
    cases: Cases,
    runs: Recorded,
    found: Sequence[Mapping[str, Any]],
    known: Sequence[Freeze],
    ledger: Sequence[Entry],
) -> str:
    """Return the page."""
    measured = [one for one in SUITES if cases.of(one.name).measured]
    return "".join(
        [
            _head(cases),
            _goals(results.goals(cases, runs)),
            *map(_told, goals.told(ledger)),
            *(page_suites.section(one, cases, known, ledger) for one in measured),
            _checked(found),
            _recorded(runs, ledger),
            _ablations(cases),
            _not_run(measured, runs),
            words.ACCEPTED,
            _accepted(cases),
            _end(found),
        ]
    )


def _head(cases: Cases) -> str:
    unguarded = cases.hijacked("B", "nobody", "none")
    return words.HEAD.format(
        n=len(unguarded),
        achievable=sum(bool(one.succeeded) for one in unguarded),
        distinct=len({one.attack for one in unguarded}),
    )


def _goals(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    return f"\n## The suites that policies are built on\n\n{_rows(rows)}{words.ANSWERS}"


def _told(one: Told) -> str:
    """Tell what came of the reported suites; the first measurement stays where it is."""
    told = words.FIRST if one.revision == 0 else words.REVISED
    suites = " and ".join(one.suites).capitalize()
    return f"\n## {suites}: {order_of(one.revision)}\n\n{told}{_rows(one.rows)}"


def _rows(rows: Sequence[Row]) -> str:
    lines = [
        (words.WORDS[one.measure], one.hits, one.n, share(one.hits, one.n), one.goal, _held(one))
        for one in rows
    ]
    return table(("what", "seen", "out of", "95 % interval", "goal", "held"), lines)


def _held(row: Row) -> str:
    return "yes" if row.held else "**no: missed**"


def _checked(found: Sequence[Mapping[str, Any]]) -> str:
    """Tell of what was asked over HTTP, and played again."""
    pairs = {one["suite"]: one["counts"]["n"] for one in found if one["measure"] == results.HTTP}
    again = sum(one["counts"]["n"] for one in found if one["measure"] == results.TWICE)
    told = " and ".join(f"{n} pairs of {name}" for name, n in pairs.items())
    http = words.HTTP.format(told=told) if pairs else ""
    return http + (words.TWICE.format(n=again) if again else "")


def _recorded(runs: Recorded, ledger: Sequence[Entry]) -> str:
    if not runs.all:
        return ""
    head = ("suite", "answers", "runs", "attacks, no guard", "attacks", "tasks done, no guard")
    more = ("tasks done", "tasks lost", "runs with an ask", "asks", "named by the user")
    lines = [
        _recorded_line(name, answer, found)
        for suite in acceptance.NAMES
        if suite in runs.suites
        for name, answer, found in page_suites.recorded_lines(suite, runs, ledger)
    ]
    n, alike = runs.agreeing()
    return words.RUNS.format(n=n, alike=alike) + table((*head, *more), lines)


def _recorded_line(suite: str, answer: Answer, one: Lost) -> tuple[object, ...]:
    before = (one.n, one.attacks_before, one.attacks, one.useful_before, one.useful)
    return (suite, answer, *before, one.lost, one.asked, one.asks, one.named)


def _ablations(cases: Cases) -> str:
    text = "".join(_worths(cases.of(*suites), suites) for _, suites in results.by_role(cases))
    return words.WORTH + text if text else ""


def _worths(cases: Cases, suites: Sequence[str]) -> str:
    """Lay out what came of each variant in suites of one role."""
    found = [(one, worth(cases, one)) for one in VARIANTS]
    head = ("what the policies have", "attacks, attacker first", "attacks, after reading")
    more = ("of pairs", "tasks done, a person", "tasks done, nobody", "of tasks", "asks")
    lines = [(variant.words, *astuple(one)) for variant, one in found if one.pairs]
    return f"\n### {' and '.join(suites).capitalize()}\n\n{table((*head, *more), lines)}"


def _not_run(measured: Sequence[Suite], runs: Recorded) -> str:
    left = [one.name for one in SUITES if one not in measured]
    suites = f"- The suites without a policy that was frozen: {', '.join(left)}.\n" if left else ""
    told = f"{suites}{'' if runs.all else words.NO_RUNS}"
    return f"\n## Not run\n\n{told}" if told else ""


def _accepted(cases: Cases) -> str:
    lines = [
        (one.words, *one.seen, sum(one.seen), sum(one.wanted), "yes" if one.held else "**no**")
        for one in acceptance.lines(cases.all)
    ]
    return table(("what", *acceptance.NAMES, "all", "must be", "held"), lines)


def _end(found: Sequence[Mapping[str, Any]]) -> str:
    """Say when and on what it was measured, and what it does not show."""
    limits = "".join(f"- {limit}\n" for limit in results.LIMITS)
    text = f"\n## What these figures do not say\n\n{limits}"
    if not found:
        return text
    one = found[0]
    versions, machine = one["versions"], one["machine"]
    dirty = (
        "\n**The tree held changes that were not committed, so these figures are preliminary.**\n"
        if versions["dirty"]
        else ""
    )
    return (
        f"{text}{dirty}"
        f"\n## Again\n\n`make bench-agentdojo` repeats all of this, and ends with 3 if a goal is"
        f" missed. It installs AgentDojo {versions['agentdojo']} apart from Drawbar; no network is"
        f" used after that. Measured at {one['run']['at']}, benchmark {versions['benchmark']},"
        f" Drawbar {versions['drawbar']} at `{versions['commit'][:10]}`, Python"
        f" {versions['python']} ({machine['cpu']}, {machine['cores']} cores).\n"
    )
