"""`drawbar enforce`."""

from pathlib import Path

import click

from app.cli.binding import POLICIES, bind
from app.cli.options import DATA


@click.command()
@click.argument("policy")
@POLICIES
@DATA
def enforce(policy: str, folder: Path | None, data: Path | None) -> None:
    """Let a policy enforce that only observed.

    Takes `observe_until` out of `bindings.toml` in the policy folder; a running gateway takes that
    up by itself. `drawbar report` says first what will be refused. Who did so is recorded first,
    where the data folder has a store. Exit codes: 0 the policy enforces, 1 could not run, 2 usage.
    """
    changed = bind(folder, data, policy, None)
    click.echo(f"`{policy}` enforces{'' if changed else ' already'}")
