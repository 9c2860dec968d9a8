"""`drawbar replay`."""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.exits import ExitCode
from app.cli.options import DATA, FORMAT, TENANT, TOOLS
from app.cli.output import Output, coloured, dump
from app.cli.times import instant
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.policy.policies import PolicySet
    from app.replaying import Replay
    from memory.replay.cases import Case
    from memory.replay.worlds import Telling

_PROGRESS = 5_000  # decisions between two words on how far it is


@click.command()
@click.option(
    "--policy",
    "policy",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A policy file or folder; may be repeated.",
)
@click.option("--revision", help="Policies that were in force, by the name that records say.")
@TOOLS
@click.option("--since", help="Only decisions from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only decisions before this time.")
@TENANT
@click.option("--subject", help="Only those on behalf of this subject.")
@click.option("--agent", help="Only those of this agent.")
@click.option("--session", help="Only those in this session.")
@click.option("--tool", help="Only those of this tool, with its server: `bank/pay`.")
@click.option(
    "--from",
    "export",
    type=click.Path(path_type=Path),
    help="Decisions that `drawbar evidence export` wrote, instead of a store.",
)
@FORMAT
@DATA
def replay(
    policy: tuple[Path, ...],
    revision: str | None,
    tools: Path | None,
    export: Path | None,
    output: str,
    tenant: str,
    data: Path | None,
    **wanted: str | None,
) -> None:
    """Judge recorded decisions by other policies, and show what would change.

    Each is judged with the call as it was sent, and with what was known of its session then. What
    would become allowed comes first. Exit codes: 0 nothing would change, 1 could not run or had
    nothing to judge, 2 usage, 3 something would change.
    """
    if bool(policy) == (revision is not None) or (revision is not None and tools is not None):
        raise click.UsageError("name policies with --policy, or kept ones with --revision alone")
    times = {name: instant(wanted[name], f"--{name}") for name in ("since", "until")}
    by: dict[str, Any] = {**wanted, **times}
    bound = _policies(policy, tools, revision, data)
    began = time.monotonic()
    work = _in_store(bound, data, tenant, by) if export is None else _in_file(bound, export, by)
    found = asyncio.run(work)
    if output == Output.JSON:
        click.echo(dump(_plain(found)))
    else:
        click.echo(_text(found, time.monotonic() - began))
    if not found.judged:
        raise DrawbarError("nothing could be judged, so nothing is known of what would change")
    raise SystemExit(ExitCode.FINDINGS if found.changes else ExitCode.CLEAN)


def _policies(
    paths: tuple[Path, ...], tools: Path | None, revision: str | None, data: Path | None
) -> "PolicySet":
    if revision is None:
        from app.policy import policies

        return policies.load(paths, tools)
    from app.cli.stores import beside
    from app.policy.revising import restored
    from memory.revisions.store import Revisions

    return restored(asyncio.run(beside(data, lambda one: Revisions(one).get(revision))))


async def _in_store(
    bound: "PolicySet", data: Path | None, tenant: str, by: dict[str, Any]
) -> "Replay":
    from app.cli.stores import reading
    from memory.records.query import Wanted
    from memory.replay.cases import cases

    async with reading(data) as store:
        wanted = Wanted(tenant, **by)
        return await _all(cases(store.database, store.vault, wanted), store.sessions, bound)


async def _in_file(bound: "PolicySet", export: Path, by: dict[str, Any]) -> "Replay":
    from memory.replay.exported import Exported

    file = Exported(export)
    return await _all(file.cases(**by), file, bound)


async def _all(found: "AsyncIterator[Case]", told: "Telling", bound: "PolicySet") -> "Replay":
    from app import settings
    from app.replaying import Replay, replayed
    from memory.replay.worlds import Worlds

    said = Replay()
    environment = settings.load({}).environment
    async for said in replayed(found, Worlds(told, bound.reach), bound, environment):
        _progress(said)
    return said


def _progress(found: "Replay") -> None:
    """Say how far it is, to a person who waits."""
    if found.judged and found.judged % _PROGRESS == 0 and sys.stderr.isatty():
        click.echo(f"\r{found.judged:,} decisions", nl=False, err=True)


def _plain(found: "Replay") -> dict[str, Any]:
    return {
        "judged": found.judged,
        "same": found.same,
        "changes": [
            {
                "from": before,
                "to": after,
                "rule": rule,
                "number": found.changes[before, after, rule],
                "examples": [
                    {"decision": one.record, "tool": one.tool}
                    for one in found.examples[before, after, rule]
                ],
            }
            for before, after, rule in found.ordered()
        ],
        "left_out": dict(found.left_out),
    }


def _text(found: "Replay", seconds: float) -> str:
    lines = []
    for before, after, rule in found.ordered():
        key = (before, after, rule)
        by = f"by {rule}" if "/" in rule else f"({rule})"
        lines.append(f"{found.changes[key]:,} {before} -> {coloured(after)} {by}")
        lines += [printable(f"    {one.record}  {one.tool}") for one in found.examples[key]]
    for why, number in found.left_out.most_common():
        lines.append(f"{number:,} could not be judged: {why}")
    rate = found.judged / seconds * 60 if seconds else 0
    lines.append(
        f"{found.judged:,} judged, {found.same:,} as before,"
        f" {found.judged - found.same:,} otherwise ({rate:,.0f} a minute)"
    )
    return "\n".join(lines)
