"""`drawbar evidence`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.options import DATA, FORMAT, TENANT
from app.cli.output import Output, dump
from app.cli.times import instant
from app.cli.writing import new_file
from dsl import strictjson
from dsl.errors import printable

if TYPE_CHECKING:
    from app.cli.stores import Beside
    from memory.evidence.evidence import Opened
    from memory.evidence.lines import Line
    from memory.evidence.store import EvidenceStore
    from memory.evidence.vault import Destroyed

T = TypeVar("T")
NOTE = click.option("--note", default="", help="Why, in a few words; written down.")


@click.group()
def evidence() -> None:
    """Open and erase what decisions were made on. Who does so is written down."""


@evidence.command()
@click.argument("decision_id")
@NOTE
@FORMAT
@DATA
def show(decision_id: str, note: str, output: str, data: Path | None) -> None:
    """Open what is kept of a decision: arguments, facts, what was answered, and the result.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """

    async def work(store: "EvidenceStore") -> "list[Opened]":
        return await store.of_decision(decision_id, who(), note, datetime.now(UTC))

    found = _with_evidence(data, work)
    if output == Output.JSON:
        click.echo(dump([asdict(one) for one in found]))
        return
    for one in found:
        click.echo(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.kind:9}  {printable(_content(one))}")
    if not found:
        click.echo("nothing is kept of this decision")


@evidence.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", help="Only decisions from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only decisions before this time.")
@click.option("--session", help="Only those in this session.")
@TENANT
@NOTE
@DATA
def export(
    file: Path,
    tenant: str,
    since: str | None,
    until: str | None,
    session: str | None,
    note: str,
    data: Path | None,
) -> None:
    """Write decisions to a file with all that judging them anew needs, in clear.

    `drawbar replay --from FILE` reads it, without a store. Exit codes: 0 clean, 1 could not run,
    2 usage.
    """
    by = {
        "since": instant(since, "--since"),
        "until": instant(until, "--until"),
        "session": session,
    }
    number = asyncio.run(_export(file, tenant, by, note, data))
    click.echo(f"{number:,} decisions, with arguments and words in clear: {file}")


async def _export(
    file: Path,
    tenant: str,
    by: "dict[str, str | datetime | None]",
    note: str,
    data: Path | None,
) -> int:
    from app.cli.stores import reading
    from memory.records.query import Wanted
    from memory.replay.cases import cases
    from memory.replay.exported import told

    number = 0
    async with reading(data) as store:
        await taking(store, tenant, f"export to {file.name}", note)
        found = cases(store.database, store.vault, Wanted(tenant, **by))  # type: ignore[arg-type]  # by name
        with new_file(file) as out:
            async for line in told(found, store.sessions, tenant):
                out.write(strictjson.canonical(line) + "\n")
                number += "decision" in line
    return number


@evidence.command()
@click.option("--tenant", required=True, help="Whose evidence.")
@click.option("--subject", help="Of one subject alone: that which asks to be forgotten.")
@click.option("--yes", is_flag=True, help="Do it. Nobody can undo it.")
@NOTE
@DATA
def erase(tenant: str, subject: str | None, note: str, data: Path | None, *, yes: bool) -> None:
    """Destroy the keys of a tenant or of one subject: what they sealed can never be opened again.

    Records stay, without values. Backups of the store from before, together with the key file,
    still open it. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if subject == "":
        raise click.BadParameter("a subject has a name", param_hint="--subject")
    if not yes:
        whose = _whose(tenant, subject)
        message = f"the evidence {whose} would be lost for good; say --yes to erase it"
        raise click.UsageError(message)

    async def work(store: "EvidenceStore") -> "Destroyed":
        return await store.vault.destroy(tenant, subject, who=who(), note=note)

    click.echo(_told(_with_evidence(data, work), tenant, subject))


@evidence.command()
@FORMAT
@DATA
def log(output: str, data: Path | None) -> None:
    """List who opened or erased evidence, newest last.

    `drawbar audit acts` lists every administrative act.
    """
    from memory.evidence.lines import lines

    async def work(store: "EvidenceStore") -> "list[Line]":
        return await lines(store.database)

    found = _with_evidence(data, work)
    if output == Output.JSON:
        click.echo(dump([line._asdict() for line in found]))
        return
    for line in found:
        about = f"decision {line.decision}" if line.decision else _whose(line.tenant, line.subject)
        note = f"  ({line.note})" if line.note else ""
        words = f"{line.at:%Y-%m-%d %H:%M:%S}  {line.act:6}  {about}  by {line.who}{note}"
        click.echo(printable(words))


def _with_evidence(data: Path | None, work: "Callable[[EvidenceStore], Awaitable[T]]") -> T:
    from app import settings
    from app.data_folder import digest_key
    from app.places import open_database
    from memory.evidence.master import FileMaster
    from memory.evidence.store import EvidenceStore

    async def run() -> T:
        found = settings.load({"data": data})
        database = open_database(found, create=False)
        try:
            await database.migrate()
            secret = digest_key(found.data, create=False)
            return await work(EvidenceStore(database, FileMaster(secret)))
        finally:
            await database.close()

    return asyncio.run(run())


async def taking(store: "Beside", tenant: str, what: str, note: str) -> None:
    """Write down who takes what out of a store, and why: before any of it is opened."""
    from memory.evidence.evidence import Evidence, Look

    look = Look(who(), f"{what}: {note}" if note else what, datetime.now(UTC))
    await Evidence(store.database, store.vault, {}).exporting(tenant, look)


def who() -> str:
    """Say who runs the command, as the machine knows it, and not as the environment says."""
    from memory.records.act import os_user

    return os_user().who


def _content(one: "Opened") -> str:
    return strictjson.canonical(one.content) if one.gone is None else f"gone: {one.gone}"


def _whose(tenant: str, subject: str | None) -> str:
    return f"of tenant `{tenant}`" if subject is None else f"of `{subject}` of tenant `{tenant}`"


def _told(gone: "Destroyed", tenant: str, subject: str | None) -> str:
    from memory.evidence.vault import FRESH_S

    whose = _whose(tenant, subject)
    if not gone.keys:
        return f"there was no key {whose}, so nothing to erase; this was written down"
    words = [f"erased the evidence {whose} ({gone.keys} keys)"]
    words.append(f"gateways that run forget the keys within {FRESH_S:g} seconds")
    if not gone.scrubbed:
        words.append("the store was in use, so its files may hold the wrapped keys for a while")
    return "\n".join(words)
