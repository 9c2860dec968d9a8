"""Says when, on what machine, and of which code the figures of the page are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.speed import deciding
from bench.speed.summary import Summary

_LOOK: Final = """\
**This is a quick look**, of fewer rules and rounds, and not the whole measurement: ratios in it are
rough, and times are of a machine that may have had other work.
"""
_OLDER: Final = """\
**Older than the code.** Drawbar decided by {then} when this was measured, and decides by `{now}`
now ([what it knows](adr/0042-an-index-tells-which-rules-are-read.md)). Its own figures, and every
ratio to them, are of the code of then.
"""


def told(summary: Summary) -> Iterator[str]:
    """Yield a line a run, and what is to be minded about them."""
    runs = [one for one in summary.lines if one.get("kind") == "run"]
    yield from map(_run, runs)
    yield ""
    older = dict.fromkeys(one["engine_of_drawbar"] for one in runs)
    older.pop(deciding.ENGINE, None)
    if older:
        then = " and ".join(f"`{one}`" for one in older)
        yield _OLDER.format(then=then, now=deciding.ENGINE)
    if any(one["plan"] != "whole" for one in runs):
        yield _LOOK


def _run(run: Mapping[str, Any]) -> str:
    machine = run["machine"]
    where = f"{machine['cores']} cores of {machine['cpu']}, load {machine['load1']} at the start"
    extent = "" if run["plan"] == "whole" else f", {run['plan']}"
    engine = f"decided by `{run['engine_of_drawbar']}`"
    return f"- {run['name']}{extent}: {run['at'][:10]}, {where}; {engine}{_commit(run)}"


def _commit(run: Mapping[str, Any]) -> str:
    versions = run.get("versions")
    if versions is None:
        return ", the commit was not noted"
    changed = ", with changes that were not committed" if versions["dirty"] else ""
    return f" at `{versions['commit'][:10]}`{changed}"
