"""`drawbar feedback`: what people say of decisions that were made."""

from collections.abc import Mapping
from typing import Any

import click

from app.cli.calling import Api, as_json
from app.cli.feedback_import import WHY, import_
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling

_REPORT = "report"


class _Feedback(click.Group):
    """Takes what is no command for a report: `drawbar feedback DECISION_ID violation`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front that is meant."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_REPORT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Feedback)
def feedback() -> None:
    """Say of decided calls what they were; `drawbar feedback DECISION_ID violation` does too."""


@feedback.command(_REPORT)
@click.argument("decision_id")
@click.argument("label", type=click.Choice(["violation", "ok"]))
@click.option("--comment", help="Words for people; no rule is made of them.")
@FORMAT
@calling("`feedback`")
def report(api: Api, decision_id: str, label: str, comment: str | None, output: str) -> None:
    """Say of a decided call that it was a violation, or that it was in order.

    The word `report` may be left out. What you say is of the call, whatever was decided about it.
    It is recorded who said it. Exit codes: 0 kept, 1 could not run, 2 usage.
    """
    body = {"decision_id": decision_id, "label": label}
    told = api.post("/v1/feedback", body if comment is None else {**body, "comment": comment})
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    click.echo(told_of(told))


def told_of(told: Mapping[str, Any]) -> str:
    """Say of a report that is kept whether it counts."""
    reason = str(told["reason"])
    said = "counted" if told["counted"] else f"not counted: {WHY.get(reason, reason)}"
    return f"{told['report_id']}: {said}"


feedback.add_command(import_)
