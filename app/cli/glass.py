"""`drawbar break-glass`."""

import asyncio
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from app.cli.calling import Api, as_json
from app.cli.far import paged, reachable
from app.cli.options import DATA, FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from app.cli.times import span
from dsl.errors import printable

PLACE: Final = "/v1/glass"
asking = calling("`admin`")


@click.group(name="break-glass")
def glass() -> None:
    """Let a policy that stands by take the place of another, for some hours, by two people.

    For an emergency in which the usual policy refuses what must be done. `bindings.toml` names the
    policy beforehand: `stands_by_for = "payments"`. One person asks, another confirms what was
    asked, and it ends by itself: `drawbar break-glass ask payments --for 2h --reason "no payees"`.

    All else that refuses goes on to do so: other policies, overlays and freezes.
    """


@glass.command()
@click.argument("policy")
@click.option("--for", "lasts", required=True, help="For how long, from now on: 30m, 2h.")
@click.option("--reason", required=True, help="Why, for people; it is recorded and sent.")
@click.option("--tenant", help="For the calls of this tenant alone.")
@asking
def ask(api: Api, policy: str, lasts: str, reason: str, tenant: str | None) -> None:
    """Ask that what stands by for POLICY takes its place. Nothing changes before it is confirmed.

    It takes an `admin` key of the operator, over the API of a gateway. Exit codes: 0 asked, 1 could
    not run or was refused, 2 usage.
    """
    seconds = int(span(lasts, "--for").total_seconds())
    body: dict[str, Any] = {"policy": policy, "seconds": seconds, "reason": reason}
    body |= {} if tenant is None else {"tenant": tenant}
    made = api.post(PLACE, body)
    click.echo(printable(_line(made)))
    click.echo(printable(f"another person confirms it by {_time(made['confirm_by'])}:"))
    click.echo(printable(f"  drawbar break-glass confirm {made['id']} {made['digest']}"))


@glass.command()
@click.argument("name", metavar="GLASS")
@click.argument("digest")
@asking
def confirm(api: Api, name: str, digest: str) -> None:
    """Break GLASS that another person asked for: exactly what `list` shows with this DIGEST.

    Your key is of another person than the one that asked, and was there before. Exit codes: 0
    broken, 1 could not run or was refused, 2 usage.
    """
    made = api.post(f"{PLACE}/{quote(name, safe='')}/confirm", {"digest": digest})
    click.echo(printable(_line(made)))
    click.echo(printable(f"anybody ends it: drawbar break-glass end {made['id']}"))


@glass.command()
@click.argument("name", metavar="GLASS")
@DATA
@reachable
def end(name: str, data: Path | None, api: Api | None) -> None:
    """Let the usual policy judge again, at once; or take back what waits. One person is enough.

    Works beside the store, and with --url over a gateway. Exit codes: 0 ended, 1 could not run, 2
    usage.
    """
    if api is not None:
        api.send("DELETE", f"{PLACE}/{quote(name, safe='')}")
    else:
        from app.cli.glass_beside import end as end_beside

        asyncio.run(end_beside(name, data))
    click.echo(printable(f"{name} is over: the usual policy judges"))


@glass.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."
)
@FORMAT
@DATA
@reachable
def list_(limit: int, output: str, data: Path | None, api: Api | None) -> None:
    """List what was asked for, what is broken and what was, the newest first.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if api is not None:
        found = list(paged(api, PLACE, "glass", limit, {}))
    else:
        from app.cli.glass_beside import listed

        found = asyncio.run(listed(limit, data))
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    lines = [line for one in found for line in _lines(one)]
    click.echo("\n".join(map(printable, lines)) or "no glass was ever broken")


def _lines(one: dict[str, Any]) -> list[str]:
    people = f"asked by {one['asked_subject']} ({one['asked_by']})"
    if one["confirmed_by"] is not None:
        people += f", confirmed by {one['confirmed_subject']} ({one['confirmed_by']})"
    if one["ended_by"] is not None:
        people += f", ended by {one['ended_by']}"
    lines = [_line(one), f"  {people}: {one['reason']}"]
    return [*lines, f"  digest {one['digest']}"] if one["state"] == "asked" else lines


def _line(one: dict[str, Any]) -> str:
    whose = "" if one["tenant"] is None else f" for the tenant {one['tenant']}"
    place = f"{one['stand_in']} in place of {one['policy']}{whose}"
    return f"{one['id']}  {one['state']:6}  {place} until {_time(one['until'])}"


def _time(written: str) -> str:
    return f"{written[:16].replace('T', ' ')} UTC"
