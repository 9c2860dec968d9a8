"""The `drawbar` command."""

import sys
from importlib import import_module
from typing import Final, NoReturn

import click

from app.cli.exits import ExitCode
from dsl.errors import DrawbarError

# In the order in which `--help` lists them; a command's module is imported when it is named.
COMMANDS: Final = {
    "init": "init",
    "serve": "serve",
    "demo": "demo",
    "check": "check",
    "explain": "explain",
    "lint": "lint",
    "fmt": "fmt",
    "test": "test",
    "export": "export",
    "import": "import_",
    "decisions": "decisions",
    "audit": "audit",
    "policy": "policy",
    "revisions": "revisions",
    "bundle": "bundle",
    "guard": "guard",
    "train": "train",
    "replay": "replay",
    "observe": "observe",
    "report": "report",
    "enforce": "enforce",
    "doctor": "doctor",
    "evidence": "evidence",
    "approvals": "approvals",
    "feedback": "feedback",
    "memory": "memory",
    "keys": "keys",
    "people": "people",
    "break-glass": "glass",
    "freeze": "freeze",
    "thaw": "thaw",
    "mcp": "mcp",
    "sessions": "sessions",
    "version": "version",
    "dev": "dev",
}


class Commands(click.Group):
    """Imports a command when it is asked for: `drawbar lint` loads nothing of the gateway."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        name = COMMANDS[cmd_name]
        found: click.Command = getattr(import_module(f"app.cli.{name}"), name)
        return found


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean or allow, 1 could not run, 2 usage, 3 findings, 4 deny, 5 ask.",
)
def cli() -> None:
    """Decides every tool call of an LLM agent: allow, ask a person, or deny."""


def main() -> NoReturn:
    """Run the command; a fault we can explain becomes one line."""
    try:
        cli()
    except DrawbarError as error:
        sys.stderr.write(f"drawbar: {error}\n")
        raise SystemExit(ExitCode.COULD_NOT_RUN) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(ExitCode.COULD_NOT_RUN) from None
    raise SystemExit(ExitCode.CLEAN)
