"""`drawbar memory soften`: whether a person is asked where models alone denied."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from app.cli.calling import Api, as_json
from app.cli.memory_acts import PLACE, TENANT, given
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from dsl.errors import printable


@click.command()
@click.argument("soften", required=False, type=click.Choice(("ask", "off")))
@click.option("--reason", help="Why: it stands in the record. Needed to say something.")
@TENANT
@FORMAT
@calling("`admin`; to read alone, `policy:read`")
def soften(
    api: Api, soften: str | None, reason: str | None, tenant: str | None, output: str
) -> None:
    """Say whether people are asked where models alone denied, or read what was said last.

    With `ask` a call that a model alone denied, and that a nomination holds of, is put to a person;
    with `off` it is denied. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if (soften is None) != (reason is None):
        raise click.UsageError("name `ask` or `off` together with --reason, or neither")
    if soften is None:
        told = api.get(f"{PLACE}/soften", given({"tenant": tenant}))
    else:
        body = given({"soften": soften, "reason": reason, "tenant": tenant})
        told = api.post(f"{PLACE}/soften", body)
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    for line in _told(told):
        click.echo(printable(line))


def _told(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"soften = {told['soften']}"
    if told["at"] is not None:
        yield f"said by {told['by']} {told['at']}: {told['reason']}"
    if told["why_not"] is not None:
        yield f"nothing is softened: {told['why_not']}"
    elif not told["rules"]:
        yield "nothing is softened: nothing is nominated"
    for rule in told["rules"]:
        yield f"{rule} has a person asked, as {told['overlay']}/{rule}"
