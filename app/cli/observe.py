"""`drawbar observe`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.binding import POLICIES, bind
from app.cli.options import DATA


@click.command()
@click.argument("policy")
@click.option(
    "--until",
    required=True,
    help="The last day (UTC), such as 2026-01-31, or a time with its zone; then it enforces.",
)
@POLICIES
@DATA
def observe(policy: str, until: str, folder: Path | None, data: Path | None) -> None:
    """Let a policy only observe: what it would refuse passes, and is recorded.

    Writes `observe_until` into `bindings.toml` in the policy folder; a running gateway takes that
    up by itself. Who did so is recorded first, where the data folder has a store. Exit codes:
    0 the policy observes, 1 could not run, 2 usage.
    """
    from app.binding.edit import end_of

    end = end_of(until, datetime.now(UTC))
    changed = bind(folder, data, policy, end)
    said = f"`{policy}` {'only observes' if changed else 'observes already'} until {end}"
    click.echo(f"{said}: it refuses nothing, and then enforces by itself")
