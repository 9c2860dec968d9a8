"""Writes docs/results-memory.md from what was measured."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from bench.agentdojo.layout import table
from bench.lifelong.arms import BASE, HEADLINE, NEIGHBOURS
from bench.lifelong.goals import Goal, goals
from bench.lifelong.summary import Mean, Summary
from memory.induction.blast import OF_TENANT
from memory.induction.configuration import CODE

_HEAD: Final = """\
# Memory: results on generated worlds

`make bench-lifelong` writes this page: the same seeds give the same bytes. What memory is stands in
[memory.md](memory.md).

**The world.** 10 tools, 12 hidden rules. The guard knows 4 of them, denies more than it should by
4 (a model judges there), and lacks 4; its judgement errs once in 50 calls, whatever they are. 20
days of 300 calls, then 4,000 calls on which everything is measured. A wrong decision is reported
with the chance that a row names, a right one a quarter as often, by one of 25 people; what they say
is flipped with the chance that a row names. Every ask is answered, and the answer is a report too.
Nobody attacks. Rules are made anew every evening. Means of {seeds} worlds, with Student's 95 %
intervals.

**The ways.** *base*: the guard alone. *default*: memory as it comes; it only narrows, and nominates
what a model was wrong about. *accepted*: each nomination that would have let no violation pass so
far becomes an exception, as by a person who is never wrong. *soften=ask*: a person is asked where
a nominated rule holds and a model alone denied, where a person lets memory. *no penalty*: default,
but silence speaks against no rule. *3 nearest*: no rules, but what most of the three most alike
reported calls were. *accuracy 0.8*: conditions of which four in five reports agree deny and allow
at once. *accepted* and the last three were run where one wrong decision in ten is reported alone.

**Mind.** Whoever wrote the world had read memory's constants, which were fixed before and are not
fitted to it. {second} A call that is asked about counts as stopped if the
answer is no; answers are right, but for *F1, answers flipped*. Reporters are in no groups, nobody
audits, and memory denies nothing by itself. Hardly anybody says the same twice, or too much on a
day, so what memory does about that is not measured.
"""
_WITHOUT: Final = (BASE, NEIGHBOURS)  # ways that no rule of memory has a part in
Columns = Sequence[tuple[str, str]]
_WHERE: Final = ("way", "reported", "flipped")
_COLUMNS: Final = (
    ("P", "precision"),
    ("R", "recall"),
    ("F1", "f1"),
    ("F1, answers flipped", "f1_flips"),
    ("macro-F1", "macro_f1"),
    ("over-block", "over_block"),
    ("benign asked", "benign_asked"),
    ("asks", "asks"),
)
_NOMINATED: Final = (
    ("precision", "nomination_precision"),
    ("share of over-blocks", "nominated_over_blocks"),
)


_OWED: Final = """\
A second hidden world, by somebody who has not read this one, is **owed**: until it is
run, these figures are of one author's world."""
_THERE: Final = """\
A [second world](#a-second-world) is by somebody who had read neither this one nor
anything of memory."""


_PICTURE: Final = "![F1 of each way, by how many reports are flipped](results-memory.svg)\n"


def page(summary: Summary, second: Summary | None = None) -> str:
    """Return the page."""
    head = _HEAD.format(seeds=summary.seeds, second=_OWED if second is None else _THERE)
    parts = [head, *_older(summary), *_goals(goals(summary))]
    parts += [_too_wide(summary), _PICTURE, *_headline(summary)]
    parts += [*_nominations(summary), *_everywhere(summary)]
    return "\n".join([*parts, *(() if second is None else _second(second))])


def _second(summary: Summary) -> Iterator[str]:
    """Tell of the world whose author knew nothing of memory."""
    yield _SECOND.format(seeds=summary.seeds)
    yield from _older(summary)
    yield from _goals(goals(summary), "###")
    yield from _headline(summary, "###")
    yield from _nominations(summary, "###")


_SECOND: Final = """\
## A second world

`make bench-lifelong ARGS="--world second"` measures it. Its author was told what a world is made
of, and had read nothing of memory, of the first world, or of any figure. There are 14 tools with
schemas of their own (mail, payments, files, commands, scripts, queries, deployments, access
rights), 13 agents, sessions that share a context, and texts in which telling words also stand in
fine calls; for each seed 12 to 16 rules out of 42 templates, many with exceptions, some of them
rare, and one or two more that nothing in a call can tell. It was frozen before anything ran on it,
and it was run as memory stood. Goals are those of the first world. *3 nearest* knows what calls of
the first world are made of, and is left out. Means of {seeds} seeds.
"""


def _older(summary: Summary) -> Iterator[str]:
    """Say which rows were not measured anew since what rules come out has changed."""
    found: dict[str, list[str]] = {}
    for way, rho in summary.older(CODE):
        if way not in _WITHOUT:
            found.setdefault(way, []).append(f"{rho:.0%}")
    if found:
        yield f"**Older than the code.** Not measured anew since rules are made by `{CODE}`:\n"
        yield "".join(f"- *{way}* at {', '.join(rhos)} reported\n" for way, rhos in found.items())


def _goals(found: Sequence[Goal], level: str = "##") -> Iterator[str]:
    held = [one for one in found if one.held]
    missed = [one for one in found if not one.held]
    yield f"{level} Goals\n"
    yield f"{len(held)} of {len(found)} held. They were set before anything was measured.\n"
    floors = [one for one in held if _is_floor(one)]
    head = (*_WHERE, "goal", "wanted", "measured", "")
    yield table(head, [_goal(one) for one in (*missed, *held) if one not in floors])
    yield f"Not listed: {len(floors)} that held, each that recall or F1 is not below base.\n"


def _goal(one: Goal) -> Sequence[str]:
    wanted = f"{'>=' if one.at_least else '<='} {one.wanted:.3f}"
    measured = "none" if one.measured is None else f"{one.measured:.3f}"
    held = "held" if one.held else "**missed**"
    return (*_where(one.way, (one.rho, one.flips)), one.name, wanted, measured, held)


def _too_wide(summary: Summary) -> str:
    wide = [one for one in summary.lacked if one * 100 > OF_TENANT]
    lost = math.fsum(wide) / (math.fsum(summary.lacked) or 1.0)
    told = _CAPS.format(
        cap=OF_TENANT, lacked=len(summary.lacked), wide=len(wide), lost=f"{lost:.0%}"
    )
    return f"{told}\n"


_CAPS: Final = """\
**What caps cost here.** An asking rule may stop {cap} % of a tenant's calls. Of the {lacked} rules
that the guards of these worlds lack, {wide} are violated by more calls than that: {lost} of all
violations of rules that they lack. A rule of memory that says just what is hidden there stays a
hint, and narrower ones that could ask are left out beside it, for they cover no report that it does
not. So more flips can even mean more recall."""


def _is_floor(one: Goal) -> bool:
    return one.name.endswith(", base")


def _headline(summary: Summary, level: str = "##") -> Iterator[str]:
    yield f"{level} One wrong decision in {1 / HEADLINE:.0f} is reported\n"
    for flips in dict.fromkeys(flips for _, flips in summary.cells("base")):
        yield f"{level}# {flips:.0%} flipped\n"
        cell, names = (HEADLINE, flips), (name for name, _ in _COLUMNS)
        lines = [(way, *_figures(summary, way, cell, _COLUMNS)) for way in summary.ways]
        yield table(("way", *names), lines)


def _nominations(summary: Summary, level: str = "##") -> Iterator[str]:
    yield f"{level} Nominations\n"
    yield "Of the calls that a model denied and a nominated rule holds of, the share that was fine;"
    yield "and of all that a model denied wrongly, the share that a nominated rule holds of. Right"
    yield "denials are spoken of a quarter as often as wrong ones: where half were right, four in"
    yield "five reports say that the model was wrong.\n"
    lines = _by_cell(summary, _NOMINATED)
    yield table((*_WHERE, *(name for name, _ in _NOMINATED)), [one for one in lines if one[3]])


def _everywhere(summary: Summary) -> Iterator[str]:
    yield "## All cells\n"
    yield table((*_WHERE, *(name for name, _ in _SHORT)), _by_cell(summary, _SHORT))


_SHORT: Final = (
    ("R", "recall"),
    ("F1", "f1"),
    ("over-block", "over_block"),
    ("asks", "asks"),
)


def _by_cell(summary: Summary, columns: Columns) -> list[Sequence[str]]:
    return [
        (*_where(way, cell), *_figures(summary, way, cell, columns))
        for way in summary.ways
        for cell in summary.cells(way)
    ]


def _where(way: str, cell: tuple[float, float]) -> Sequence[str]:
    return (way, *(f"{one:.0%}" for one in cell))


def _figures(
    summary: Summary, way: str, cell: tuple[float, float], columns: Columns
) -> Sequence[str]:
    return [_told(summary.mean(way, cell, key)) for _, key in columns]


def _told(one: Mean | None) -> str:
    if one is None:
        return ""
    return f"{one.value:.3f}" if one.half is None else f"{one.value:.3f} ± {one.half:.3f}"
