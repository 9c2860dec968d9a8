"""`drawbar memory`: what a gateway has learned, and why."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from app.cli.calling import Api, Unanswered, as_json
from app.cli.exits import ExitCode
from app.cli.far import PAGE, paged
from app.cli.memory_acts import PLACE, TENANT, given, reject, release, rollback, withdraw
from app.cli.memory_audits import audit
from app.cli.memory_reviews import promote, reviews
from app.cli.memory_similar import similar
from app.cli.memory_soften import soften
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from app.cli.reaching import calling
from app.cli.waiting import waiting
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.learning.verifying import Verified

_SIDES: Final = ("deny", "soften")
_LEVELS: Final = ("shadow", "advise", "ask")
MADE_S: Final = 1_900.0  # a gateway gives up making a revision before that
_GOES_ON: Final = "it goes on making the rules: `drawbar memory revisions` says when they are made"


@click.group()
def memory() -> None:
    """Read what a gateway has learned of what people report, and why; take it back."""


for _one in (similar, reviews, promote, reject, soften, withdraw, rollback, release, audit):
    memory.add_command(_one)


@memory.command()
@click.option("--tool", help="Only rules on this tool.")
@click.option(
    "--side", type=click.Choice(_SIDES), help="Only rules that ask, or that would soften."
)
@click.option("--level", type=click.Choice(_LEVELS), help="Only rules that have come so far.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, show_default=True, help="How many."
)
@TENANT
@FORMAT
@calling("`policy:read`")
def rules(api: Api, limit: int, output: str, **wanted: str | None) -> None:
    """List the rules that were learned. Exit codes: 0 clean, 1 could not run, 2 usage."""
    found = list(paged(api, f"{PLACE}/rules", "rules", limit, wanted))
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo("\n".join(_rule(one)) + "\n")
    told = api.get(f"{PLACE}/rules", {"limit": "100", **given({"tenant": wanted["tenant"]})})
    for line in _beside(told, bool(found)):
        click.echo(printable(line))


@memory.command()
@click.argument("what", metavar="DECISION_OR_RULE")
@TENANT
@FORMAT
@calling("`policy:read`")
def explain(api: Api, what: str, tenant: str | None, output: str) -> None:
    """Say what memory knows of a decided call, or what speaks for a rule.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    named = {"rule_id" if what.startswith("m_") else "decision_id": what}
    told = api.get(f"{PLACE}/explain", named | given({"tenant": tenant}))
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    for line in _explained(told):
        click.echo(printable(line))


@memory.command()
@TENANT
@FORMAT
@calling("`policy:read`")
def revisions(api: Api, tenant: str | None, output: str) -> None:
    """List what memory came to, the newest first. Exit codes: 0 clean, 1 could not run, 2 usage."""
    found = api.get(f"{PLACE}/revisions", given({"tenant": tenant}))["revisions"]
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo(printable(f"{one['seq']:6}  {one['at']}  {one['digest'][:16]}"))


@memory.command()
@TENANT
@FORMAT
@calling("`policy:publish`")
def refresh(api: Api, tenant: str | None, output: str) -> None:
    """Have the rules made anew now, as a gateway does by itself in time.

    It waits until they are made; a gateway that was asked goes on in any case. Exit codes: 0 clean,
    1 could not run, 2 usage.
    """
    with waiting("the rules are being made"):
        try:
            told = api.post(f"{PLACE}/refresh", given({"tenant": tenant}), MADE_S)
        except Unanswered as error:
            raise DrawbarError(f"{error}\n{_GOES_ON}") from error
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    more = "" if told["next"] is None else " or more"
    click.echo(f"revision {told['seq']}: {len(told['rules'])}{more} rules")


@memory.command()
@click.option("--tenant", default="default", show_default=True, help="Whose memory.")
@FORMAT
@DATA
def verify(tenant: str, output: str, data: Path | None) -> None:
    """Make the newest rules once more from the log, and compare them byte by byte.

    Where calls that they were made of were erased, or are past their days, it says so. Exit codes:
    0 the same, 1 could not run, 2 usage, 3 a byte differs.
    """
    found = asyncio.run(_verified(data, tenant))
    if output == Output.JSON:
        click.echo(dump(None if found is None else _plain(found)))
    elif found is None:
        click.echo("nothing was learned yet")
    else:
        for flaw in found.flaws:
            click.echo(printable(f"revision {found.seq}: {flaw}"))
        if not found.flaws:
            click.echo(f"revision {found.seq}: its log comes to the same bytes")
    failed = found is not None and bool(found.flaws)
    raise SystemExit(ExitCode.FINDINGS if failed else ExitCode.CLEAN)


async def _verified(data: Path | None, tenant: str) -> "Verified | None":
    from app.learning.beside import verifier

    async with verifier(data) as found:
        return await found.newest(tenant)


def _plain(one: "Verified") -> dict[str, Any]:
    return {"seq": one.seq, "digest": one.digest, "flaws": list(one.flaws)}


def _beside(told: Mapping[str, Any], found: bool) -> Iterator[str]:
    """Yield what is to be said beside the rules: that there are none, and what was rejected."""
    if not found and told["seq"] is None:
        yield "nothing was learned yet"
    elif not found:
        yield "there is no such rule" if told["rules"] else "there is no rule"
    for one in told["rejected"]:
        until = f"not proposed before {one['until'][:10]}, unless twice as much speaks for it"
        yield f"{one['rule']}  {one['side']} {one['tool']} rejected {one['at'][:10]}: {until}"


def _rule(one: Mapping[str, Any]) -> Iterator[str]:
    weights = f"a={one['agreeing']} d={one['contradicting']} n_bg={one['background']}"
    yield printable(f"{one['id']}  {one['side']} {one['level']}  {weights} L={one['bound']}")
    for line in str(one["dsl"]).split("\n"):
        yield printable(f"  {line}")


def _explained(told: Mapping[str, Any]) -> Iterator[str]:
    if told["base"] is not None:
        soft = ", by a model alone" if told["soft"] else ""
        yield f"people's policies said {told['base']}{soft}; it came to {told['effect']}"
    elif not told["known"]:
        yield "nothing is known of this call: it was never kept, or is erased"
    for one in told["rules"]:
        yield from _rule(one["rule"])
        for each in one["conditions"]:
            yield f"    {each['holds']:8}{each['condition']}"
        if one["rule"]["next"] is not None:
            yield f"    for {one['rule']['next']['level']}: {_lacks(one['rule']['next']['lacks'])}"
        yield f"    {_falls(one['rule']['falls_after'])}"
    for one in told["reports"]:
        yield f"report {one['id']}: {one['label']} ({one['kind']}) {one['at']}"


def _falls(number: int | None) -> str:
    if number is None:
        return "more than 50 new reports against it would be needed to take it down"
    reports = "one new report" if number == 1 else f"{number} new reports of as many persons"
    return f"{reports} against it would take it down"


def _lacks(lacks: list[str]) -> str:
    if lacks:
        return f"it lacks {', '.join(lacks)}"
    return "it would stop too many calls, or waits for a day and a new report"
