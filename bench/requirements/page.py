"""Writes `docs/requirements.md`: every row of every benchmark, its state and its rule."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.requirements.listing import STATES, Listing

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "requirements.md"

_HEAD: Final = """\
# Requirements of three benchmarks, row by row

<!-- Written by `python -m bench.requirements`; change the policies and lists, not this page. -->

Public work on guardrails for agents has sorted the sentences of benchmarks' policies by whether a
symbolic rule can enforce them. Here each of those sentences, a *row*, has its state in a policy of
ours. The sentences themselves are not repeated: they are in the public data, see
[data sets](eval-data.md).

**rule**: a rule enforces it. A test under the row's id shows a call that the rule stops, and one a
near twin that passes.

**guard-only**: no rule can say it. A `judge` rule in [shadow mode](language.md#shadow-mode) watches
for it, notes what a learned model would say, and decides nothing.

**tool's own**: the tool refuses such a call itself, and no rule contradicts it.

**out of scope**: a heading, or nothing that calls and replies could show.

Removing the rule of a row turns exactly the tests red that belong to the row, or to rows with the
same rule; `tests/bench/test_requirement_rows.py` removes each. Where a note stands, the rule is the
nearest form that the language has: read it before you rely on the row. Rules about replies and
about sessions are tested, and wait in the running gateway for
[what it does not know yet](language-state.md#sessions).
"""


def page(listings: Sequence[Listing]) -> str:
    """Return the whole page."""
    parts = [_HEAD, "\n".join(_summary(listings)), *("\n".join(_section(one)) for one in listings)]
    return "\n".join(f"{part.strip()}\n" for part in parts)


def _summary(listings: Sequence[Listing]) -> Iterator[str]:
    yield f"| benchmark | policy | {' | '.join(STATES)} | rows |"
    yield "| --- | --- |" + " ---: |" * (len(STATES) + 1)
    for one in listings:
        policies = ", ".join(f"`{path.relative_to(ROOT).as_posix()}`" for path in one.policies)
        counts = " | ".join(str(len(one.of(state))) for state in STATES)
        yield f"| {one.title} | {policies} | {counts} | {len(one.lines)} |"


def _section(one: Listing) -> Iterator[str]:
    yield f"## {one.title}\n\n{one.about}\n"
    yield "| row | state | rule | note |"
    yield "| --- | --- | --- | --- |"
    for line in one.lines:
        rule = f"`{line.rule}`" if line.rule else ""
        yield f"| {line.row} | {line.state} | {rule} | {line.note} |".replace("  ", " ")
