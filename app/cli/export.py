"""`drawbar export`."""

from pathlib import Path

import click

from app.policy import policies


@click.group()
def export() -> None:
    """Print a policy in another form; `drawbar import` leads back."""


@export.command("json")
@click.argument("file", type=click.Path(path_type=Path))
def json_(file: Path) -> None:
    """Print a policy, written as text, in its JSON form.

    The JSON form is for programs that write policies: a tree of objects, so that no program needs
    to know the grammar. docs/json-form.md explains it, docs/reference/policy.schema.json is its
    JSON Schema. Comments are left out. A broken policy is refused.

    Example: drawbar export json bank.bar > bank.json

    Exit codes: 0 printed, 1 could not run, 2 usage.
    """
    from dsl import parse
    from dsl.exchange import json_form

    click.echo(json_form.to_text(parse.parse(policies.read_source(file))), nl=False)
