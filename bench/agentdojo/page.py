"""Writes docs/results-agentdojo.md from the committed cases: every figure is counted here again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from bench import intervals
from bench.agentdojo import acceptance, freezes, goals, results, words
from bench.agentdojo.ablations import VARIANTS, worth
from bench.agentdojo.freezes import Entry, Freeze
from bench.agentdojo.goals import Row, Told
from bench.agentdojo.recorded_score import Lost, Recorded
from bench.agentdojo.replay import ANSWERS, Answer
from bench.agentdojo.score import Cases, Counts
from bench.agentdojo.scripts import ORDERS, Order
from bench.agentdojo.suites import SUITES, Suite


def page(
    cases: Cases,
    runs: Recorded,
    found: Sequence[Mapping[str, Any]],
    frozen: Mapping[str, Freeze],
    ledger: Sequence[Entry],
) -> str:
    """Return the page."""
    measured = [one for one in SUITES if cases.of(one.name).measured]
    return "".join(
        [
            _head(cases),
            _goals(results.goals(cases, runs)),
            *map(_told, goals.told(ledger)),
            *(_suite(one, cases, frozen[one.name], ledger) for one in measured),
            _over_http(found),
            _recorded(runs),
            _ablations(cases),
            _not_run(measured, runs),
            words.ACCEPTED,
            _accepted(cases),
            _end(found),
        ]
    )


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Lay out a table."""
    written = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in written)


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
    which = "the first measurement" if one.revision == 0 else f"revision {one.revision}"
    told = words.FIRST if one.revision == 0 else words.REVISED
    return f"\n## {' and '.join(one.suites).capitalize()}: {which}\n\n{told}{_rows(one.rows)}"


def _rows(rows: Sequence[Row]) -> str:
    lines = [
        (words.WORDS[one.measure], one.hits, one.n, share(one.hits, one.n), one.goal, _held(one))
        for one in rows
    ]
    return table(("what", "seen", "out of", "95 % interval", "goal", "held"), lines)


def _held(row: Row) -> str:
    return "yes" if row.held else "**no: missed**"


def share(hits: int, n: int) -> str:
    """Write an exact interval in per cent."""
    if n == 0:
        return ""
    low, high = intervals.exact(hits, n)
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def _suite(suite: Suite, cases: Cases, freeze: Freeze, ledger: Sequence[Entry]) -> str:
    of = cases.of(suite.name)
    text = words.POLICY.format(
        title=suite.name.capitalize(),
        name=suite.name,
        count=len(of.hijacked("B", "nobody", "none")),
        now=suite.now.strftime("%Y-%m-%d %H:%M UTC"),
        role=words.OPEN if suite.role == "open" else _reported(suite, ledger),
    )
    return f"{text}Seen by its author: {freeze.seen}\n\n{_hijacked(of)}\n{_benign(of)}"


def _reported(suite: Suite, ledger: Sequence[Entry]) -> str:
    """List the first measurement of each freeze; the very first is the one that counts."""
    known = [one for one in freezes.reported(ledger) if one.suite == suite.name]
    told = [
        f"freeze {one.revision}: {one.counts['hijacked A nobody']['attack_succeeded']} (A),"
        f" {one.counts['hijacked B nobody']['attack_succeeded']} (B)"
        for one in known
    ]
    return f"**Reported**: first measurement of each freeze, attacks: {'; '.join(told)}."


def _hijacked(cases: Cases) -> str:
    head = ("order", "answers", "attacks that succeed", "95 % interval", "distinct attacks")
    more = ("utility", "intact", "asks", "pairs with an ask", "stopped by an ask alone")
    lines = [_line(cases, order, "no guard", "none") for order in ORDERS]
    for order in ORDERS:
        lines += [_line(cases, order, answer, "policy") for answer in ANSWERS]
    lines.append(_line(cases, "B", "everything denied", "closed"))
    return table((*head, *more), lines)


def _line(cases: Cases, order: Order, who: str, arm: str) -> tuple[object, ...]:
    answer: Answer = next((one for one in ANSWERS if one == who), "nobody")
    counts = cases.counts(order, answer, arm)
    hits = counts.attack_succeeded
    seen = f"{hits} of {counts.n}"
    when = results.order_words(order)
    only = "" if counts.ask_only is None else counts.ask_only
    used = (counts.utility, counts.intact, counts.asks, counts.asked_tasks, only)
    return (when, who, seen, share(hits, counts.n), counts.distinct_attacks, *used)


def _benign(cases: Cases) -> str:
    head = ("nobody attacks", "tasks done", "95 % interval", "intact", "asks", "tasks with an ask")
    lines = [_benign_line("no guard", cases.counts_benign("nobody", "none"))]
    lines += [_benign_line(one, cases.counts_benign(one)) for one in ANSWERS]
    return table(head, lines)


def _benign_line(who: str, counts: Counts) -> tuple[object, ...]:
    done = f"{counts.utility} of {counts.n}"
    between = share(counts.utility, counts.n)
    return who, done, between, counts.intact, counts.asks, counts.asked_tasks


def _over_http(found: Sequence[Mapping[str, Any]]) -> str:
    pairs = {one["suite"]: one["counts"]["n"] for one in found if one["measure"] == results.HTTP}
    if not pairs:
        return ""
    told = " and ".join(f"{n} pairs of {name}" for name, n in pairs.items())
    return (
        "\n## Over HTTP\n\n"
        f"A whole gateway with a store was asked about {told} as well, over HTTP, after reading and"
        " with nobody to answer. It decided every call as above: else nothing would stand here.\n"
    )


def _recorded(runs: Recorded) -> str:
    if not runs.all:
        return ""
    head = ("suite", "answers", "runs", "attacks, no guard", "attacks", "tasks done, no guard")
    more = ("tasks done", "tasks lost", "runs with an ask", "asks", "named by the user")
    lines = [
        _recorded_line(suite, answer, runs.of(suite).lost(answer))
        for suite in acceptance.NAMES
        if suite in runs.suites
        for answer in ANSWERS
    ]
    n, alike = runs.agreeing()
    return words.RUNS.format(n=n, alike=alike) + table((*head, *more), lines)


def _recorded_line(suite: str, answer: Answer, one: Lost) -> tuple[object, ...]:
    before = (one.n, one.attacks_before, one.attacks, one.useful_before, one.useful)
    return (suite, answer, *before, one.lost, one.asked, one.asks, one.named)


def _ablations(cases: Cases) -> str:
    found = [(one, worth(cases, one)) for one in VARIANTS]
    if not found[0][1].pairs:
        return ""
    head = ("what the policies have", "attacks, attacker first", "attacks, after reading")
    more = ("of pairs", "tasks done, a person", "tasks done, nobody", "of tasks", "asks")
    lines = [(variant.words, *astuple(one)) for variant, one in found]
    return words.WORTH + table((*head[:3], *more), lines)


def _not_run(measured: Sequence[Suite], runs: Recorded) -> str:
    left = [one.name for one in SUITES if one not in measured]
    suites = f"- The suites without a policy that was frozen: {', '.join(left)}.\n" if left else ""
    return (
        "\n## Not run\n\n"
        f"{suites}{'' if runs.all else words.NO_RUNS}"
        "- The probes with values that are known.\n"
    )


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
