"""`drawbar memory withdraw`, `rollback`, `release` and `reject`: what people take back."""

from collections.abc import Mapping
from typing import Any, Final

import click

from app.cli.calling import Api, as_json
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from dsl.errors import printable

PLACE: Final = "/v1/memory"
TENANT = click.option("--tenant", help="Another tenant than the key's own.")
_REASON = click.option("--reason", required=True, help="Why: it stands in the record.")


@click.command()
@click.argument("report", required=False)
@click.option("--reporter", help="All that this person reported so far.")
@click.option("--group", help="All that this group reported so far.")
@_REASON
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@TENANT
@FORMAT
@calling("`policy:publish`")
def withdraw(
    api: Api,
    report: str | None,
    reporter: str | None,
    group: str | None,
    reason: str,
    dry_run: bool,
    tenant: str | None,
    output: str,
) -> None:
    """Take back a report, all of a person, or all of a group: rules are as if it never was.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    named = {"report_id": report, "reporter": reporter, "group": group, "tenant": tenant}
    if sum(one is not None for one in (report, reporter, group)) != 1:
        raise click.UsageError("name a report, --reporter or --group")
    body = {"reason": reason, **({"dry_run": True} if dry_run else {}), **given(named)}
    _told(api.post(f"{PLACE}/withdraw", body), output)


@click.command()
@click.argument("revision", type=click.IntRange(min=1))
@_REASON
@TENANT
@FORMAT
@calling("`policy:publish`")
def rollback(api: Api, revision: int, reason: str, tenant: str | None, output: str) -> None:
    """Go back to a revision of memory, and hold all that is reported since.

    `drawbar memory revisions` lists them. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    body = {"revision": revision, "reason": reason, **given({"tenant": tenant})}
    _told(api.post(f"{PLACE}/rollback", body), output)


@click.command()
@click.argument("reports", nargs=-1)
@click.option("--reporter", help="All that this person reported so far.")
@click.option("--all", "everything", is_flag=True, help="From now on nothing is held.")
@TENANT
@FORMAT
@calling("`policy:publish`")
def release(
    api: Api,
    reports: tuple[str, ...],
    reporter: str | None,
    everything: bool,
    tenant: str | None,
    output: str,
) -> None:
    """Let reports count that are held since somebody went back.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if sum((bool(reports), reporter is not None, everything)) != 1:
        raise click.UsageError("name reports, --reporter or --all")
    named = {"reports": list(reports) or None, "reporter": reporter, "tenant": tenant}
    body = {**given(named), **({"all": True} if everything else {})}
    _told(api.post(f"{PLACE}/release", body), output)


@click.command()
@click.argument("rule")
@_REASON
@TENANT
@FORMAT
@calling("`policy:publish`")
def reject(api: Api, rule: str, reason: str, tenant: str | None, output: str) -> None:
    """Let a learned rule go; it is not proposed again for 90 days, unless evidence doubles.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    body = {"reason": reason, **given({"tenant": tenant})}
    _told(api.post(f"{PLACE}/rules/{rule}/reject", body), output)


def given(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was named, without what was not."""
    return {name: value for name, value in named.items() if value is not None}


def _told(told: Mapping[str, Any], output: str) -> None:
    """Print which rules stand otherwise now."""
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    for one in told["changed"]:
        line = f"{one['rule']}: {one['from'] or 'nothing'} -> {one['to'] or 'nothing'}"
        click.echo(printable(line))
    made = told["revision"]
    click.echo("nothing is stored" if made is None else f"revision {made}")
