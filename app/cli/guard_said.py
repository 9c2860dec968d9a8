"""What `drawbar guard calibrate` says of a guard: what may enforce, and what is missing."""

from collections.abc import Iterator, Sequence

import click

from guards.skill.card import named
from guards.skill.entry import CLUSTERS
from guards.skill.measure import Measured
from guards.skill.wanting import missing


def say(found: Sequence[Measured]) -> None:
    """Say it of each kind, sentence or label."""
    for one in found:
        entry = one.entry
        told = f"{entry.labels} labels in {entry.clusters} groups, bound {entry.bound:.3f}"
        if entry.is_enabled:
            click.echo(f"may enforce: {named(one)} ({told})")
        else:
            click.echo(f"shadow only: {named(one)} ({told}); it lacks {'; '.join(entry.lacks)}")
        for line in _enabled(one) if entry.is_enabled else _lacking(one):
            click.echo(f"  {line}")


def _enabled(one: Measured) -> Iterator[str]:
    """Yield how often it will not know, and what would help."""
    yield f"unknown (`in_band`): {one.in_band} of {one.held_out} labels held out"
    if one.wanting.for_offset:
        yield f"{one.wanting.for_offset} more labels would fit an offset beside the slope"


def _lacking(one: Measured) -> Iterator[str]:
    """Yield how many labels of which kind are missing, and how they would be more groups."""
    if one.entry.clusters < CLUSTERS and one.entry.clusters == one.sentences < one.entry.labels:
        yield "labels without `cluster` are one group a sentence: say which belong together"
    if (more := missing(one.wanting)) is not None:
        yield f"missing: {more}"
