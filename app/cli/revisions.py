"""`drawbar revisions`: of the store beside, or of a gateway."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli import revisions_asked as asked
from app.cli.calling import Api, as_json
from app.cli.exits import ExitCode
from app.cli.far import reachable
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from app.cli.stores import beside
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.database import Database
    from memory.revisions.revision import Revision, Taken
    from memory.revisions.store import Listed, Revisions

T = TypeVar("T")
SHOWN = 100  # of the times at which a revision was taken up
LISTED = 500  # at once


@click.group()
def revisions() -> None:
    """Read the policies that were in force: the store keeps the text of each.

    A revision is named as in records (`3:sha256:9f86d081884c`), or by its digest or the beginning
    of it.
    """


@revisions.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, LISTED), default=20, show_default=True, help="How many."
)
@FORMAT
@DATA
@reachable
def list_(limit: int, output: str, data: Path | None, api: Api | None) -> None:
    """List kept revisions, the newest first, with how each was last called.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """

    async def work(kept: "Revisions") -> "list[tuple[Listed, list[Taken]]]":
        found, _ = await kept.page(limit)
        taken = await kept.in_force([one.digest for one in found], 1)
        return [(one, taken[one.digest]) for one in found]

    if api is not None:
        told = asked.listed(api, limit)
        rows = [asked.read(one) for one in told]
    else:
        rows = asyncio.run(_in_store(data, work))
        told = [{**asdict(one), "last": asdict(taken[0]) if taken else None} for one, taken in rows]
    if output == Output.JSON:
        click.echo(dump(told) if api is None else as_json(told))
        return
    for one, taken in rows:
        last = f"last {taken[0].at:%Y-%m-%d %H:%M:%S} as {taken[0].name}" if taken else ""
        click.echo(printable(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.digest}  {last}"))
    if not rows:
        click.echo("no revision is kept yet")


@revisions.command()
@click.argument("revision")
@click.option("--file", "file", help="Print this file alone, word by word.")
@FORMAT
@DATA
@reachable
def show(revision: str, file: str | None, output: str, data: Path | None, api: Api | None) -> None:
    """Show a revision: its files word by word, and when which gateway had it in force.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """

    async def work(kept: "Revisions") -> "tuple[Revision, list[Taken]]":
        found = await kept.get(revision)
        return found, (await kept.in_force([found.digest], SHOWN))[found.digest]

    if api is not None:
        told = asked.one(api, revision)
        found, taken = asked.revision(told)
    else:
        found, taken = asyncio.run(_in_store(data, work))
        told = {**asdict(found), "in_force": [asdict(one) for one in taken]}
    if file is not None:
        click.echo(_safe(_text(found, file)), nl=False)
    elif output == Output.JSON:
        click.echo(dump(told) if api is None else as_json(told))
    else:
        click.echo(_whole(found, taken))


@revisions.command()
@click.argument("old")
@click.argument("new")
@DATA
@reachable
def diff(old: str, new: str, data: Path | None, api: Api | None) -> None:
    """Show what is written otherwise in a revision than in another, as a unified diff.

    Exit codes: 0 no word differs, 1 could not run, 2 usage, 3 something differs.
    """
    said = _difference(data, old, new) if api is None else asked.difference(api, old, new)
    click.echo(_safe(said), nl=False)
    raise SystemExit(ExitCode.FINDINGS if said else ExitCode.CLEAN)


def _difference(data: Path | None, old: str, new: str) -> str:
    from app.policy.comparing import difference

    async def work(kept: "Revisions") -> "tuple[Revision, Revision]":
        return await kept.get(old), await kept.get(new)

    before, after = asyncio.run(_in_store(data, work))
    return difference(before.texts.files, after.texts.files)


@revisions.command()
@click.option(
    "--public-key",
    "public_keys",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A key that signed revisions; may be repeated (default: the data folder's).",
)
@FORMAT
@DATA
def verify(public_keys: tuple[Path, ...], output: str, data: Path | None) -> None:
    """Hold every kept revision against its digest and its signature.

    `drawbar audit verify` does the same, and holds the records against them too. Exit codes:
    0 clean, 1 could not run, 2 usage, 3 findings.
    """
    number, flaws = asyncio.run(_verify(data, public_keys))
    if output == Output.JSON:
        told = [{"where": where, "what": what} for where, what in flaws]
        click.echo(dump({"revisions": number, "flaws": told}))
    else:
        for where, what in flaws:
            click.echo(printable(f"{where}: {what}"))
        state = f"{len(flaws)} flaws" if flaws else "all as they were written"
        click.echo(f"{number} revisions: {state}")
    raise SystemExit(ExitCode.FINDINGS if flaws else ExitCode.CLEAN)


async def _verify(
    data: Path | None, public_keys: tuple[Path, ...]
) -> tuple[int, list[tuple[str, str]]]:
    from app import settings
    from memory.records.signer import PUBLIC, key_id, public_key
    from memory.revisions.verify import kept

    paths = public_keys or (settings.load({"data": data}).data / PUBLIC,)
    keys = {key_id(key): key for key in map(public_key, paths)}

    async def work(database: "Database") -> tuple[int, list[tuple[str, str]]]:
        async with database.read() as connection:
            found, flaws = await kept(connection, keys)
        return len(found.digests), flaws

    return await beside(data, work)


async def _in_store(data: Path | None, work: "Callable[[Revisions], Awaitable[T]]") -> T:
    from memory.revisions.store import Revisions

    return await beside(data, lambda database: work(Revisions(database)))


def _text(found: "Revision", name: str) -> str:
    texts = {one.name: one.text for one in found.texts.files}
    if name not in texts:
        known = ", ".join(f"`{one}`" for one in texts) or "none"
        raise DrawbarError(f"the revision has no file `{name}`; it has {known}")
    return texts[name]


def _whole(found: "Revision", taken: "list[Taken]") -> str:
    rows = [("digest", found.digest), ("first", f"{found.at.isoformat()} by {found.writer}")]
    rows += [("signed by", found.key)]
    rows += [("in force", f"{one.at.isoformat()} by {one.writer} as {one.name}") for one in taken]
    lines = [printable(f"{name:>12}  {words}") for name, words in rows]
    for one in found.texts.files:
        lines += ["", printable(f"--- {one.name}"), _safe(one.text).removesuffix("\n")]
    return "\n".join(lines)


def _safe(text: str) -> str:
    """Return a text word by word, or on a terminal so that it cannot steer it."""
    if not sys.stdout.isatty():
        return text
    return "\n".join(printable(line) for line in text.split("\n"))
