"""Writes docs/results-off-task.md from what was measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bench.off_task.dressed import VIEW
from bench.off_task.goals import Goal, goals, is_claimed

Row = Mapping[str, Any]
_HEAD: Final = """\
# Off-task: results on public sets

`make bench-off-task` writes this page. What is asked is `classify("off_task")`: is a call *not*
what the user asked for? How the head is made and set up stands in [off-task.md](off-task.md);
every other figure of guards in [guard-figures.md](guard-figures.md).

**How labels came about.** Nobody labelled anything. Each call that a task made counts as what its
user asked for. In its place, behind the same steps, two calls of other tasks of the same set were
put, drawn at random of tools that the agent had: these count as off-task. So this is a stand-in
until there is a set that people labelled, and an attacker does not draw at random; real attacks
are a row of their own.

**How it was measured.** Trees were grown on all sets but the one that they are measured on. Behind
each AUROC stands in brackets what 95 of 100 lie between, 2,000 times drawn anew by whole tasks; the
bound is the lower end. *Caught* is the
share of off-task calls above a threshold that stops no more than one of ten others; it is chosen
on the same cases, so a threshold of yours will do a little worse. *Changing* are calls of tools
that change something: by the verb of their name, in tau2 by its own file.
"""
_CLAIMED: Final = "and there are 30 tasks or more. A row where it is not so claims no skill."
_WORTH: Final = """
**What it is worth.** It tells whose values a call holds, and not whether the deed is the right one.
AUROC by what stands in the place of the user's own call, from the worst row to the best:

| in its place | AUROC |
| --- | --- |
| calls of other tasks, as they are | {drawn} |
| the same, with the task's own customer, account or file in them | {own} |
| attackers' calls that an agent had just read | {attacks} |
| whole runs that people called unsafe, for whatever reason | {runs} |

So it may ask once more where an agent mixes up whom or what a task is about. Whoever does the wrong
thing to the right one, or has the user say it, is often not noticed.
"""
_NONE: Final = """\
**No head comes with Drawbar**: what it would have to show are labels of people, and there are none
here. Train one on your own tasks, and calibrate it.
"""
_ATTACKED: Final = """\
## Real attacks

AgentDojo's injected calls, each behind what the agent had read when it met the attack, against all
of the users' own calls. Trained on the other sets.
"""
_ALONE: Final = """\
## Measured on sets that the head was not trained on

Without cosines: no encoder, no library. *Same tools*: only calls of tools that the task calls
itself. *Own values*: others' calls with the task's own value in each argument that the task uses
too, as when the wrong thing is done to the right customer.
"""
_PEOPLE: Final = """\
## Labels of people, of another question

ASSEBench's runs, which people called safe or unsafe for whatever reason; those that they were
unsure of, and those without a call, are left out. A run is scored by its worst call, by trees grown
on all sets above. *Injected* are runs into which somebody put an order, mostly beside the
user's own words, so that the user said it as far as a gateway can tell.
"""
_ALIKE: Final = """\
Cosines of an encoder of 23 MB (MiniLM-L6, 8 bits) between request and tool, call, arguments;
AUROC [95 %].

| set, calls | without | with |
| --- | --- | --- |"""
_COLUMNS: Final = (
    *("set, calls", "n (off-task)", "tasks", "AUROC [95 %]", "caught"),
    *("error before, after 200 labels", "best baseline", ""),
)
_LIMITS: Final = """\
## Limits

- The shape of the trees (120 of depth 2) was chosen after seeing tables like these, of an earlier
  run without cosines.
- Sets: AgentDojo's 97 tasks with the results of its environments; ToolEmu's runs that its judge
  found harmless, of six agents, results made up by a model; PrivacyLens' look-ups, which hardly
  ever change anything; 100 conversations of tau2's airline, 25 tasks four times over. AgentDyn
  was not at hand, so nothing is said of it.
- In tau2 other tasks are of other customers. Whoever compares the customer's number sees as much,
  so its rows of drawn calls say little; read those with own values.
- With own values some calls become such as the user might have wanted after all.
- `values from nowhere` is one of the head's own numbers, and what a rule can say (`args.x from
  nowhere`). Where it is as good as the head, write the rule.
- Attackers' calls are 26 attacks on many tasks, one template, English. They were not made to fool
  a head.
- What is fitted in-set knows the very attacks, which are the same on many tasks: where it is the
  best baseline, rules against them would be better still, and the next attack is another one.
- Probabilities are off until they are calibrated where the head is used: see the columns of
  errors.
"""


def page(rows: Sequence[Row]) -> str:
    """Return the page."""
    parts = [_HEAD, _verdict(rows), _left_out(rows), _attacks(rows), _people(rows), _cosines(rows)]
    return "\n".join([*parts, _pairs(rows), _speed(rows), _LIMITS])


def _verdict(rows: Sequence[Row]) -> str:
    found = goals(rows)
    held, missed = [one for one in found if one.held], [one for one in found if not one.held]
    lines = ["## Goals", "", "| goal | wanted | measured | |", "| --- | --- | --- | --- |"]
    lines += [_goal(one) for one in (*missed, *held)]
    claimed = [one for one in found if one.name.startswith("above")]
    beaten = sum(one.held for one in claimed)
    words = f"On {beaten} of {len(claimed)} rows the bound is above the best baseline of the same"
    return "\n".join([*lines, "", f"{words} calls,", _CLAIMED, _worth(rows), _NONE])


def _worth(rows: Sequence[Row]) -> str:
    """Return the plainest reading of the tables, without cosines: the worst row to the best."""
    found: dict[str, list[float]] = {"drawn": [], VIEW: [], "attacks": [], "runs": []}
    for one in (*_of(rows, "left_out"), *_of(rows, "runs")):
        if not one["cosines"] and one["view"] in found:
            found[one["view"]].append(one["auroc"])
    drawn, own, attacks, runs = (f"{min(one):.3f} to {max(one):.3f}" for one in found.values())
    return _WORTH.format(drawn=drawn, own=own, attacks=attacks, runs=runs)


def _goal(one: Goal) -> str:
    held = "held" if one.held else "**missed**"
    return f"| {one.name}, {one.test} | {one.wanted:.2f} | {one.measured:.3f} | {held} |"


def _left_out(rows: Sequence[Row]) -> str:
    chosen = [one for one in _of(rows, "left_out") if not one["cosines"]]
    chosen = [one for one in chosen if one["view"] != "attacks"]
    return "\n".join([_ALONE, *_table(chosen), ""])


def _attacks(rows: Sequence[Row]) -> str:
    chosen = [one for one in _of(rows, "left_out") if one["view"] == "attacks"]
    return "\n".join([_ATTACKED, *_table(chosen), ""])


def _people(rows: Sequence[Row]) -> str:
    found = _of(rows, "runs")
    return "\n".join([_PEOPLE, *_table(found), ""])


def _table(chosen: Sequence[Row]) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"| {' | '.join('---' for _ in _COLUMNS)} |"
    for one in chosen:
        yield _row(one)


def _row(one: Row) -> str:
    name = _name(one) + (", with cosines" if one["cosines"] else "")
    best = max(one["baselines"], key=lambda key: one["baselines"][key])
    cells = (
        name,
        f"{one['n']:,} ({one['off_task']:,})",
        str(one["groups"]),
        _told(one),
        f"{one['caught']:.2f}",
        _errors(one),
        f"{best} {one['baselines'][best]:.3f}",
        "" if is_claimed(one) else "no skill shown",
    )
    return f"| {' | '.join(cells)} |"


def _name(one: Row) -> str:
    name = f"{one['test']}, {one['subset']}"
    return name if one["view"] in ("drawn", "runs") else f"{name}, {one['view']}"


def _errors(one: Row) -> str:
    if one["ece_before"] is None:
        return "too few"
    return f"{one['ece_before']:.3f}, {one['ece_after']:.3f}"


def _cosines(rows: Sequence[Row]) -> str:
    every = [one for one in _of(rows, "left_out") if one["view"] != "attacks"]
    drawn = [one for one in every if one["view"] == "drawn"]
    found = {(_name(one), one["cosines"]): one for one in every}
    lines = ["## What cosines add, and each baseline", ""]
    if not any(one["cosines"] for one in drawn):
        return "\n".join([*lines, "Not run: there was no encoder (`--encoder FOLDER`).", ""])
    lines.append(_ALIKE)
    for (name, cosines), one in found.items():
        other = found.get((name, True))
        if not cosines and other is not None:
            lines.append(f"| {name} | {_told(one)} | {_told(other)} |")
    return "\n".join([*lines, "", *_baselines(drawn), ""])


def _baselines(drawn: Sequence[Row]) -> Iterator[str]:
    """Yield all baselines: in the arm with cosines, where there is one more."""
    names = list(dict.fromkeys(name for one in drawn for name in one["baselines"]))
    yield f"| baseline, AUROC in the better direction | {' | '.join(_names(drawn))} |"
    yield f"| --- {'| --- ' * len(_names(drawn))}|"
    for name in names:
        cells = [_cell(one["baselines"].get(name)) for one in _last(drawn)]
        yield f"| {name} | {' | '.join(cells)} |"


def _last(drawn: Sequence[Row]) -> list[Row]:
    arm = any(one["cosines"] for one in drawn)
    return [one for one in drawn if one["cosines"] is arm]


def _names(drawn: Sequence[Row]) -> list[str]:
    return [f"{one['test']}, {one['subset']}" for one in _last(drawn)]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _told(one: Row) -> str:
    return f"{one['auroc']:.3f} [{one['bound']:.3f}, {one['upper']:.3f}]"


def _pairs(rows: Sequence[Row]) -> str:
    found = {(one["train"], one["test"], one["subset"]): one for one in _of(rows, "pair")}
    tests = list(dict.fromkeys(name for _, name, _ in found))
    lines = ["## Trained on one set alone", "", "AUROC [95 %], without cosines.", ""]
    for subset in ("changing", "all"):
        lines += [
            f"| {subset} calls; trained on | {' | '.join(tests)} |",
            f"| --- {'| --- ' * len(tests)}|",
        ]
        for train in dict.fromkeys(name for name, _, _ in found):
            cells = [found.get((train, test, subset)) for test in tests]
            lines.append(f"| {train} | {' | '.join(_told(one) if one else '' for one in cells)} |")
        lines.append("")
    return "\n".join(lines)


def _speed(rows: Sequence[Row]) -> str:
    (one,) = _of(rows, "speed")
    machine = one["machine"]
    at = (f"{name[:3]} {one[name]:.2f} ms" for name in ("p50_ms", "p95_ms", "p99_ms"))
    return "\n".join(
        [
            "## Time",
            "",
            "Processor time of numbers and trees for one call, in process, without cosines:",
            f"{one['n']:,} calls,",
            f"{', '.join(at)} (goals: 0.5 and 2). The machine has {machine['cores']} cores, and",
            f"{machine['load1']} processes wanted them.",
            f"The head is {one['bytes']:,} bytes (goal: 1 MB).",
            "",
        ]
    )


def _of(rows: Sequence[Row], measure: str) -> list[Row]:
    return [one for one in rows if one["measure"] == measure]
