"""How tables and shares are written on docs/results-agentdojo.md."""

from collections.abc import Iterable, Sequence

from bench import intervals


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Lay out a table."""
    written = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in written)


def share(hits: int, n: int) -> str:
    """Write an exact interval in per cent."""
    if n == 0:
        return ""
    low, high = intervals.exact(hits, n)
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def order_of(revision: int) -> str:
    """Name a measurement of a reported suite."""
    return "the first measurement" if revision == 0 else f"revision {revision}"
