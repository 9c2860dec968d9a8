"""What `drawbar enforce` and `drawbar observe` share: they write `bindings.toml`."""

from pathlib import Path
from typing import Final

import click

POLICIES: Final = click.option(
    "--policies",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of policies (default: the setting `policies`).",
)


def bind(folder: Path | None, policy: str, until: str | None) -> bool:
    """Let a policy observe until an end, or enforce; tell whether anything had to be written."""
    from app import settings
    from app.bindings import NAME
    from app.bindings_edit import edited
    from app.cli.writing import rewrite

    place = settings.load({"policies": folder}).policies
    text = edited(place, policy, until)
    if text is None:
        return False
    path = place / NAME
    path.touch()
    rewrite(path, text)
    return True
