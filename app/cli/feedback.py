"""`drawbar feedback`."""

import click

from app.cli.calling import Api, as_json
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling

_WHY = {
    "daily_cap": "not counted: 20 reports of one day count",
    "duplicate": "not counted: you said the same of the same call within a day",
    "quarantined": "not counted yet: what is reported now is held until somebody lets it in",
}


@click.command()
@click.argument("decision_id")
@click.argument("label", type=click.Choice(["violation", "ok"]))
@click.option("--comment", help="Words for people; no rule is made of them.")
@FORMAT
@calling("`feedback`")
def feedback(api: Api, decision_id: str, label: str, comment: str | None, output: str) -> None:
    """Say of a decided call that it was a violation, or that it was in order.

    What you say is of the call, whatever was decided about it. It is recorded who said it.
    Exit codes: 0 kept, 1 could not run, 2 usage.
    """
    body = {"decision_id": decision_id, "label": label}
    told = api.post("/v1/feedback", body if comment is None else {**body, "comment": comment})
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    said = "counted" if told["counted"] else _WHY.get(str(told["reason"]), "not counted")
    click.echo(f"{told['report_id']}: {said}")
