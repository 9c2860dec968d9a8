"""`drawbar replay`."""

import asyncio
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.exits import ExitCode
from app.cli.options import DATA, FORMAT, POLICIES, TOOLS
from app.cli.output import Output, coloured, dump
from app.cli.times import instant
from dsl.errors import printable

if TYPE_CHECKING:
    from app.replaying import Replay
    from app.settings import Settings

_PROGRESS = 5_000  # decisions between two words on how far it is


@click.command()
@POLICIES
@TOOLS
@click.option("--since", help="Only decisions from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only decisions before this time.")
@click.option("--subject", help="Only those on behalf of this subject.")
@click.option("--agent", help="Only those of this agent.")
@click.option("--session", help="Only those in this session.")
@click.option("--tool", help="Only those of this tool, with its server: `bank/pay`.")
@FORMAT
@DATA
def replay(
    policy: tuple[Path, ...],
    tools: Path | None,
    since: str | None,
    until: str | None,
    output: str,
    data: Path | None,
    **wanted: str | None,
) -> None:
    """Judge recorded decisions by other policies, and show what would change.

    Each is judged with the call as it was sent, and with what was known of its session then. What
    would become allowed comes first. Exit codes: 0 nothing would change, 1 could not run, 2 usage,
    3 something would change.
    """
    times = {"since": instant(since, "--since"), "until": instant(until, "--until")}
    began = time.monotonic()
    found = asyncio.run(_replayed(policy, tools, data, {**wanted, **times}))
    if output == Output.JSON:
        click.echo(dump(_plain(found)))
    else:
        click.echo(_text(found, time.monotonic() - began))
    raise SystemExit(ExitCode.FINDINGS if found.changes else ExitCode.CLEAN)


async def _replayed(
    policy: tuple[Path, ...],
    tools: Path | None,
    data: Path | None,
    wanted: dict[str, str | datetime | None],
) -> "Replay":
    from app import policies, settings
    from app.replaying import Replay, replayed
    from app.wiring import digest_key, open_database, owned_folder, session_store
    from memory.evidence.master import FileMaster
    from memory.evidence.vault import Vault
    from memory.keys import DEFAULT_TENANT
    from memory.records.query import Wanted
    from memory.replay.cases import cases
    from memory.replay.worlds import Worlds
    from memory.sessions.opening import open_sessions
    from memory.sessions.sealed import SealedByVault

    bound = policies.load(policy, tools)
    found: Settings = settings.load({"data": data})
    database = open_database(found, create=False)
    try:
        vault = Vault(database, FileMaster(digest_key(owned_folder(found.data))))
        sealed = SealedByVault(vault)
        store = await open_sessions(database, session_store(found), sealed)
        said = Replay()
        async with store.read() as reading:
            worlds = Worlds(reading, bound.reach)
            told: dict[str, Any] = wanted
            some = cases(database, vault, Wanted(DEFAULT_TENANT, **told))
            async for said in replayed(some, worlds, bound):
                _progress(said)
        await store.close()
    finally:
        await database.close()
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
