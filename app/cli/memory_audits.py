"""`drawbar memory audit`: calls that were drawn, for a person who says what each was."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from app.cli.calling import Api, as_json
from app.cli.far import PAGE, paged
from app.cli.feedback import told_of
from app.cli.memory_acts import PLACE
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from dsl.errors import printable

_PAGES = 20  # that are looked through for enough calls
_AT_ONCE = 100


@click.command()
@click.argument("decision", required=False)
@click.argument("label", required=False, type=click.Choice(["violation", "ok"]))
@click.option("--comment", help="With a label: words for people; no rule is made of them.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, show_default=True, help="How many."
)
@FORMAT
@calling("`feedback` and `audit`")
def audit(
    api: Api, decision: str | None, label: str | None, comment: str | None, limit: int, output: str
) -> None:
    """List calls that were drawn at random, look at one, or say what it was.

    What was decided about them is not told, as it would sway whoever looks. That somebody looked
    at the arguments is recorded. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if comment is not None and label is None:
        raise click.UsageError("--comment goes with a label")
    if decision is None:
        where = f"{PLACE}/audits"
        found = paged(api, where, "audits", limit, {}, at_once=_AT_ONCE, most=_PAGES)
        _print(list(found), output, _listed)
    elif label is None:
        _print(api.get(f"{PLACE}/audits/{decision}"), output, _whole)
    else:
        body = {"label": label} if comment is None else {"label": label, "comment": comment}
        _print(api.post(f"{PLACE}/audits/{decision}", body), output, lambda one: [told_of(one)])


def _print(told: Any, output: str, lines: Any) -> None:
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    for line in lines(told):
        click.echo(printable(line))


def _listed(found: list[Mapping[str, Any]]) -> Iterator[str]:
    for one in found:
        yield f"{one['id']}  {one['at']}  {_tool(one)}"
    if not found:
        yield "nothing waits for an audit"


def _whole(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"{one['id']}  {one['at']}  {_tool(one)} by {one['agent'] or 'an agent without a name'}"
    for name in ("args", "context"):
        if one[name] is not None:
            yield f"  {name} {as_json(one[name])}"
    if one["args"] is None:
        yield "  what it was called with is not kept any more"


def _tool(one: Mapping[str, Any]) -> str:
    return f"{one['server']}/{one['tool']}" if one["server"] else str(one["tool"])
