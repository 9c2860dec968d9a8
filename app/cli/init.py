"""`drawbar init`."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.binding.bindings import LONGEST
from app.cli.exits import ExitCode
from app.cli.output import dump
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from app.init.steps import Wanted

_PATH: Final = click.Path(path_type=Path)
_DAYS: Final = 14
_EXAMPLES: Final = """\b
drawbar init --config claude_desktop_config.json   all servers that a client names
drawbar init -- uvx mcp-server-time                one server, by the command that starts it
drawbar init --url https://example.com/mcp         one server, by its address
drawbar init --openapi petstore.json               the operations of an API
drawbar init --tools saved.tools.json              a list of tools that was saved
drawbar init                                       an example to change
"""
_RESTART: Final = "Start the client anew."


@click.command(epilog=_EXAMPLES)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--config", type=_PATH, help="File in which an MCP client names its servers.")
@click.option("--server", multiple=True, help="Only this server of --config; may be repeated.")
@click.option("--url", help="Address of an MCP server.")
@click.option("--tools", type=_PATH, help="File with tools, as `tools/list` gives them.")
@click.option("--openapi", type=_PATH, help="OpenAPI 3 document; its operations become tools.")
@click.option(
    "--out", type=_PATH, default=Path("policies"), show_default=True, help="Folder to write into."
)
@click.option("--name", help="Name of the policy, and of a server (default: made from the source).")
@click.option("--folder", help="Folder that paths in calls must stay in (default: this one).")
@click.option(
    "--user-words", is_flag=True, help="The host tells the gateway what the user says: be stricter."
)
@click.option(
    "--observe", is_flag=True, help="Let the policy watch for a while, and enforce nothing."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"Last day to observe (default: {_DAYS} days from now).",
)
@click.option("--timeout", default=60.0, show_default=True, help="Seconds for a server to answer.")
@click.option("--force", is_flag=True, help="Write over files of an earlier run.")
@click.option("--write-config", is_flag=True, help="Put `drawbar mcp wrap` before the servers.")
@click.option("--undo", is_flag=True, help="Take that back.")
@click.option("--data", type=_PATH, default=Path("var"), help="Folder for their store.")
@click.option("--json", "json_", is_flag=True, help="Print the report as JSON.")
def init(
    command: tuple[str, ...],
    config: Path | None,
    server: tuple[str, ...],
    url: str | None,
    tools: Path | None,
    openapi: Path | None,
    out: Path,
    name: str | None,
    folder: str | None,
    user_words: bool,
    observe: bool,
    until: datetime | None,
    timeout: float,
    force: bool,
    write_config: bool,
    undo: bool,
    data: Path,
    json_: bool,
) -> None:
    """Write a first policy for tools: of MCP servers, or of an HTTP API.

    It writes a tools file, a policy in which each rule says what it rests on, and tests. Tools
    that only read are allowed, others asked about, and what no rule speaks of is denied. All of it
    is guessed from names and schemas, and wants your review. Servers are started once.

    --observe adds a binding with which the policy only watches. --write-config lets a client start
    its servers through Drawbar, and keeps the file as it was beside it; --undo takes that back.

    Exit codes: 0 written, 1 could not run, 2 usage, 3 written, but something was left out.
    """
    from app.init import report, steps

    given = [one for one in (config, url, tools, openapi, command or None) if one is not None]
    if len(given) > 1:
        raise click.UsageError("name one of --config, --url, --tools, --openapi and a command")
    wanted = steps.Wanted(
        out=out,
        data=data,
        config=config,
        only=server,
        command=command,
        url=url,
        tools=tools,
        openapi=openapi,
        name=name,
        folder=folder,
        user_words=user_words,
        observe_until=_last_day(until, observe=observe),
        seconds=timeout,
        force=force,
    )
    if write_config or undo:
        click.echo(_rewired(wanted, undo=undo, observing=observe))
        return
    gathered = steps.gather(wanted)
    done = steps.write(steps.drafted(gathered, wanted), gathered, wanted)
    click.echo(dump(report.as_json(done)) if json_ else "\n".join(report.as_text(done)))
    left_out = done.outcome.left_out or gathered.catalogue.untold
    raise SystemExit(ExitCode.FINDINGS if left_out else ExitCode.CLEAN)


def _last_day(until: datetime | None, *, observe: bool) -> date | None:
    """Return the last day of a trial."""
    if until is not None and not observe:
        raise click.UsageError("`--until` goes with `--observe`")
    today = datetime.now(UTC).date()
    last = until.date() if until is not None else today + timedelta(days=_DAYS)
    if last < today:
        raise click.UsageError(f"`--until`: {last} is over")
    if last - today >= LONGEST:
        raise click.UsageError(f"`--until`: {last} is more than {LONGEST.days} days away")
    return last if observe else None


def _rewired(wanted: "Wanted", *, undo: bool, observing: bool) -> str:
    """Change the client's file, or change it back."""
    from app.edges.mcp import pins
    from app.init import asking, rewiring
    from app.init.config import Configured
    from app.policy import policies

    if wanted.config is None:
        raise click.UsageError("`--write-config` and `--undo` go with `--config`")
    if undo:
        keys = rewiring.undo(wanted.config)
        return "\n".join([f"changed {wanted.config} back: {', '.join(keys)}", _RESTART])
    if observing:
        raise click.UsageError(
            "first let `--observe` write a policy, then change the client's file"
        )
    if not wanted.out.is_dir():
        hint = f"write one first: drawbar init --config {wanted.config}"
        raise DrawbarError(f"there is no policy in `{wanted.out}` that would guard them; {hint}")
    pinned = pins.read(wanted.out).by_server if policies.find([wanted.out]) else {}
    only = {asking.server_name(Configured(key)) for key in wanted.only} or set(pinned)
    done = rewiring.wrap(
        wanted.config,
        wanted.wiring,
        lambda key: asking.server_name(Configured(key)),
        only & set(pinned),
    )
    lines = [f"{', '.join(done.keys)} in {wanted.config} now start through Drawbar"]
    lines += [f"NOT GUARDED: {key} starts as before" for key in done.unguarded]
    return "\n".join([*lines, f"as it was: {wanted.config}{rewiring.SUFFIX}", _RESTART])
