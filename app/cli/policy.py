"""`drawbar policy`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from app.cli.calling import Api, Refused
from app.cli.output import coloured
from app.plain import plain
from dsl.errors import DrawbarError

DRAFT: Final = "main"
MOST_SHOWN: Final = 200
_NOTE = click.option("--note", default="", help="Why; it is kept with the publication.")
_EXPECT = click.option(
    "--expect",
    type=click.IntRange(0),
    help="Only if this publication is in force (default: the one that is when the command begins).",
)


@click.group()
def policy() -> None:
    """Edit, publish and roll back policies, over the API of a running gateway.

    For gateways with the setting `policy_source = "store"`.
    """


def calling(command: Callable[..., None]) -> Callable[..., None]:
    """Add how the gateway is reached, and open it."""

    @click.option(
        "--url",
        envvar="DRAWBAR_URL",
        default="http://127.0.0.1:8484",
        show_default=True,
        help="Where the gateway listens, or `unix:PATH` (variable DRAWBAR_URL).",
    )
    @click.option(
        "--key",
        envvar="DRAWBAR_KEY",
        help="An API key with `policy:...`; better given as the variable DRAWBAR_KEY.",
    )
    @wraps(command)
    def run(url: str, key: str | None, **options: Any) -> None:
        if key is None:
            raise click.UsageError("give an API key with --key or DRAWBAR_KEY")
        with Api(url, key) as api:
            command(api, **options)

    return run


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--draft", default=DRAFT, show_default=True, help="The draft that is written.")
@click.option("--publish", "at_once", is_flag=True, help="Publish it, if nothing is wrong with it.")
@_NOTE
@_EXPECT
@calling
def push(
    api: Api, folder: Path, draft: str, *, at_once: bool, note: str, expect: int | None
) -> None:
    """Write a folder's policies into a draft, and with --publish put them into force.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    expected = _current(api) if expect is None else expect
    files = _files(folder)
    tag = _written(api, draft, files)
    click.echo(f"draft {plain(draft)}: {len(files)} files")
    if at_once:
        _publish(api, draft, tag, expected, note)


def _files(folder: Path) -> list[dict[str, str]]:
    """Return what a gateway reads of a folder."""
    from app import policies
    from app.bindings import NAME

    kept = [
        path
        for path in policies.walk(folder)
        if path.suffix in {policies.SUFFIX, policies.TOOLS_SUFFIX} or path == folder / NAME
    ]
    if not any(path.suffix == policies.SUFFIX for path in kept):
        raise DrawbarError(f"there is no policy in `{folder}`")
    texts = [
        (path.relative_to(folder).as_posix(), policies.read_source(path).text) for path in kept
    ]
    return [{"name": name, "text": text} for name, text in texts]


def _written(api: Api, draft: str, files: list[dict[str, str]]) -> str:
    """Write a draft whole, and return its tag."""
    try:
        _, tag = api.send("POST", "/v1/drafts", {"name": draft, "files": files})
    except Refused as error:
        if error.code != "exists":
            raise
        _, before = api.send("GET", f"/v1/drafts/{draft}")
        _, tag = api.send("PUT", f"/v1/drafts/{draft}", {"files": files}, before)
    return str(tag)


def _current(api: Api) -> int:
    """Return the number of the publication in force."""
    found = api.get("/v1/publications", {"limit": "1"})["publications"]
    return int(found[0]["number"]) if found else 0


def _publish(api: Api, draft: str, tag: str, expected: int, note: str) -> None:
    body = {"expected": expected, "note": note}
    told, _ = api.send("POST", f"/v1/drafts/{draft}/publish", body, tag)
    _say(told)


def _say(told: Any) -> None:
    """Say what came of publishing."""
    if told["publication"] is not None:
        made = told["publication"]
        word = coloured("passed", "in force")
        click.echo(f"{word}: publication {made['number']}, {plain(made['digest'])}")
        return
    waits = told["proposal"]
    click.echo(f"waits for another person: {plain(waits['id'])}, {plain(waits['digest'])}")
    click.echo(f"they run: drawbar policy confirm {plain(waits['id'])}")
