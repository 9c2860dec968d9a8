"""`drawbar import`."""

from pathlib import Path

import click

from app.policy import policies


@click.group("import")
def import_() -> None:
    """Print as text a policy that is in another form; `drawbar export` leads back."""


@import_.command("json")
@click.argument("file", type=click.Path(path_type=Path))
def json_(file: Path) -> None:
    """Print a policy, given in its JSON form, as text in canonical layout.

    What cannot be said in a policy is refused, and each fault comes with its JSON pointer, so that
    what is printed can be loaded, linted and reviewed like any other policy. docs/json-form.md
    explains the form.

    Example: drawbar import json bank.json > bank.bar

    Exit codes: 0 printed, 1 could not run, 2 usage.
    """
    from dsl.exchange import json_form

    policy = json_form.from_json(policies.read_source(file))
    click.echo(json_form.written(policy), nl=False)
