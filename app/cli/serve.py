"""`drawbar serve`."""

import gc
from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one.")
@click.option("--uds", type=_PATH, help="Unix socket to listen on instead of host and port.")
@click.option("--workers", type=int, help="Processes behind one door; more than 1 on PostgreSQL.")
@click.option("--data", type=_PATH, help="Folder for the embedded store.")
@click.option("--policies", type=_PATH, help="Folder of policies.")
@click.option(
    "--sidecar",
    is_flag=True,
    help="Serve one agent, by a bundle, as the table `sidecar` of the settings says.",
)
@click.option("--config", type=_PATH, help="Settings file in TOML (default: drawbar.toml).")
def serve(
    host: str | None,
    port: int | None,
    uds: Path | None,
    workers: int | None,
    data: Path | None,
    policies: Path | None,
    sidecar: bool,
    config: Path | None,
) -> None:
    """Run the gateway.

    The first start creates an API key and shows it once. A change in the policy folder is taken
    up by itself; a broken one is reported and leaves the policies before it in force. Flags win
    over the environment (DRAWBAR_*), which wins over the settings file; docs/reference/settings.md
    lists every setting. Exit codes: 0 stopped, 1 could not run, 2 usage.
    """
    gc.disable()  # until all is loaded: most of it stays, and looking through it takes time
    from app import settings
    from app.config_file import SettingsError
    from app.serving.server import run

    flags = {"host": host, "port": port, "uds": uds, "workers": workers}
    flags |= {"data": data, "policies": policies}
    found = settings.load(flags, config)
    if sidecar and found.sidecar is None:
        hint = "docs/sidecar.md shows one"
        raise SettingsError(f"`--sidecar` needs the table `sidecar` in the settings; {hint}")
    run(found)
