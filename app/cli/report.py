"""`drawbar report`."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import reported
from app.cli.binding import POLICIES
from app.cli.options import DATA, TENANT
from app.cli.output import dump
from app.cli.times import instant
from app.cli.writing import new_file
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from app.policy.policies import PolicySet
    from app.proposing import Draft
    from app.reporting import Report, Seen


@dataclass(frozen=True, slots=True)
class _From:
    """Where decisions are read, and whether their arguments may be looked at."""

    data: Path | None
    export: Path | None
    values: bool
    note: str
    tenant: str
    by: dict[str, Any]


@click.command()
@click.option("--since", help="Only decisions from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only decisions before this time.")
@click.option(
    "--from",
    "export",
    type=click.Path(path_type=Path),
    help="Decisions that `drawbar evidence export` wrote, instead of a store.",
)
@click.option(
    "--values",
    is_flag=True,
    help="Look at arguments, to bound the rules that are proposed; this is written down.",
)
@click.option("--note", default="", help="Why arguments are looked at; written down.")
@click.option(
    "--write",
    "file",
    type=click.Path(path_type=Path),
    help="Write the policy with the proposed rules to a new file.",
)
@click.option("--policy", "name", help="Propose rules for this policy alone.")
@TENANT
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@POLICIES
@DATA
def report(
    since: str | None,
    until: str | None,
    export: Path | None,
    note: str,
    file: Path | None,
    name: str | None,
    folder: Path | None,
    tenant: str,
    data: Path | None,
    *,
    values: bool,
    as_json: bool,
) -> None:
    """Say what policies that observe would have stopped, and which rules that calls for.

    For each tool: how often, by which rule or since no rule allows it, with decisions to look at.
    Rules are proposed for calls that nothing allowed, for review. Exit codes: 0 clean, 1 could not
    run, 2 usage.
    """
    from app import reporting

    by = {"since": instant(since, "--since"), "until": instant(until, "--until")}
    place = _From(data, export, values, note, tenant, by)
    found = asyncio.run(reporting.gathered(_seen(place)))
    bound, fault = _policies(folder)
    drafts = _drafts(found, bound, name)
    if as_json:
        click.echo(dump(reported.plain(found, bound, drafts, fault)))
    else:
        click.echo("\n".join(reported.text(found, bound, drafts, fault, values=values)))
    if file is not None:
        _write(file, drafts, bound)


async def _seen(place: _From) -> "AsyncIterator[Seen]":
    """Yield the recorded decisions, oldest first where arguments are looked at."""
    from app.reporting import Seen

    if place.export is not None:
        from memory.replay.exported import Exported

        async for case in Exported(place.export).cases(**place.by):
            args = case.call.args if place.values and case.gone is None else None
            yield Seen(case.record, args)
        return
    async for one in _opened(place) if place.values else _recorded(place):
        yield one


async def _recorded(place: _From) -> "AsyncIterator[Seen]":
    from app import settings
    from app.places import open_database
    from app.reporting import Seen
    from memory.records.query import AT_ONCE, Wanted, page

    database = open_database(settings.load({"data": place.data}), create=False)
    try:
        await database.migrate()
        wanted = Wanted(place.tenant, **place.by)
        while True:
            some = await page(database, wanted, AT_ONCE)
            for record in some.found:
                yield Seen(record)
            if some.after is None:
                return
            wanted = replace(wanted, before=some.after)
    finally:
        await database.close()


async def _opened(place: _From) -> "AsyncIterator[Seen]":
    """Look at arguments too, once it is written down who does."""
    from app.cli.evidence import taking
    from app.cli.stores import reading
    from app.reporting import Seen
    from memory.records.query import Wanted
    from memory.replay.cases import cases

    async with reading(place.data) as store:
        await taking(store, place.tenant, "report", place.note)
        async for case in cases(store.database, store.vault, Wanted(place.tenant, **place.by)):
            yield Seen(case.record, None if case.gone is not None else case.call.args)


def _policies(folder: Path | None) -> "tuple[PolicySet, str | None]":
    """Return the policies as they lie there now; without them nothing is proposed, and why."""
    from app import settings
    from app.policy import policies
    from app.policy.policies import EMPTY

    try:
        return policies.load([settings.load({"policies": folder}).policies]), None
    except DrawbarError as error:
        if folder is not None:
            raise
        return EMPTY, str(error)


def _drafts(found: "Report", bound: "PolicySet", name: str | None) -> "list[Draft]":
    from app.proposing import drafts

    names = {one.policy.name for one in bound.bound}
    if name is not None and name not in names:
        known = ", ".join(f"`{one}`" for one in sorted(names)) or "none"
        raise DrawbarError(f"there is no policy `{name}`; the folder has {known}")
    made = drafts(found.unallowed, bound)
    return [one for one in made if name is None or one.policy == name]


def _write(file: Path, drafts: "list[Draft]", bound: "PolicySet") -> None:
    if not drafts:
        raise DrawbarError("there is nothing to propose, so nothing was written")
    if len(drafts) > 1:
        names = ", ".join(f"`{one.policy}`" for one in drafts)
        raise DrawbarError(f"rules are proposed for {names}; choose one with --policy")
    (draft,) = drafts
    folders = [Path(unit.source.name).resolve().parent for unit in bound.units]
    if any(file.resolve().is_relative_to(folder) for folder in folders):
        hint = f"write it elsewhere, look at it, then move it over `{draft.path}`"
        raise DrawbarError(f"`{file}` would stand in the policy folder as a second policy; {hint}")
    with new_file(file) as out:
        out.write(draft.text)
    click.echo(f"wrote {file}: look at each rule, then move it over {draft.path}", err=True)
