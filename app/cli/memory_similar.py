"""`drawbar memory similar`: the earlier calls that are like one, or like those of a rule."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from app.cli.calling import Api, as_json
from app.cli.memory_acts import PLACE, TENANT, given
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from dsl.errors import printable

MOST: Final = 20


@click.command()
@click.argument("what", metavar="DECISION_OR_RULE")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=10, show_default=True, help="How many."
)
@click.option("--reported", is_flag=True, help="Only calls of which people said something.")
@TENANT
@FORMAT
@calling("`policy:read` and `audit`")
def similar(
    api: Api, what: str, limit: int, reported: bool, tenant: str | None, output: str
) -> None:
    """Show the earlier calls that are like a decided one, or like those that a rule is about.

    What is shown of which calls to whom is recorded. Exit codes: 0 clean, 1 could not run,
    2 usage.
    """
    named = {"rule_id" if what.startswith("m_") else "decision_id": what, "limit": str(limit)}
    named |= given({"tenant": tenant, "reported": "true" if reported else None})
    told = api.get(f"{PLACE}/similar", named)
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    for line in alike(told):
        click.echo(printable(line))


def alike(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield similar calls for people to read."""
    if not told["known"]:
        yield "nothing is known of this call: it was never kept, or is erased"
        return
    for one in told["calls"]:
        came = one["effect"] if one["effect"] == one["base"] else f"{one['base']}->{one['effect']}"
        yield f"{float(one['score']):.2f}  {one['decision_id']}  {came}  {one['at']}{_times(one)}"
        yield f"      {one['call']}"
        for each in one["reports"]:
            yield f"      {each['label']} ({each['kind']}) {each['at']}{_state(each)}"
    if not told["calls"]:
        yield "no other call is alike"
    if not told["complete"]:
        yield f"{told['looked_at']} calls were compared, and more are to be taken in: ask again"


def _times(one: Mapping[str, Any]) -> str:
    return "" if one["times"] == 1 else f"  the newest of {one['times']}"


def _state(one: Mapping[str, Any]) -> str:
    return " withdrawn" if one["withdrawn"] else " held" if one["held"] else ""
