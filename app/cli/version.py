"""`drawbar version`."""

import click


@click.command()
def version() -> None:
    """Print the version."""
    from app.version import VERSION

    click.echo(f"drawbar {VERSION}")
