"""`drawbar dev new-function`: the files a new function of the language needs."""

import re
from pathlib import Path
from typing import Final

import click

from dsl.errors import DrawbarError

_FUNCTION: Final = '''"""What it gives, in one sentence that a security lead understands.

Example: {name}("a") == "a"
Unknown: say when there is nothing to give, or "never, for a text".
"""

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("{name}", takes=(Type.TEXT,), gives=Type.TEXT, since="{version}")


def apply(text: str) -> str:
    """Say how; return a `Cause` where there is no answer, and never raise."""
    return text
'''
_TEST: Final = '''"""The function `{name}`."""

import pytest

from dsl.functions.{name} import apply


@pytest.mark.parametrize(("text", "expected"), [("a", "a")])
def test_it_gives_what_its_page_says(text: str, expected: str) -> None:
    """State the law here, in one sentence."""
    assert apply(text) == expected
'''


@click.command("new-function")
@click.argument("name")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The checkout.")
def new_function(name: str, root: Path) -> None:
    """Start a function of the policy language: its file, its test, its place in the registry.

    docs/add-a-function.md says what to do next. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise click.BadParameter("a name has small letters, digits and `_`", param_hint="NAME")
    registry = root / "dsl" / "functions" / "registry.py"
    if not registry.is_file():
        raise DrawbarError(f"`{root}` is not a checkout of Drawbar: there is no `{registry}`")
    files = {
        root / "dsl" / "functions" / f"{name}.py": _FUNCTION,
        root / "tests" / "dsl" / "functions" / f"test_{name}.py": _TEST,
    }
    for path in files:
        if path.exists():
            raise DrawbarError(f"`{path}` is already there")
    for path, text in files.items():
        path.write_text(text.replace("{name}", name).replace("{version}", _version()), "utf-8")
        click.echo(f"wrote {path}")
    registry.write_text(_registered(registry.read_text("utf-8"), name), "utf-8")
    click.echo(f"added `{name}` to {registry}; now run `make docs test`")


def _version() -> str:
    from app.version import VERSION

    return ".".join(VERSION.split(".")[:2])


def _registered(source: str, name: str) -> str:
    """Put a name into the registry's tuple, in its order."""
    head, tuple_, tail = re.split(
        r"(?<=NAMES: Final = \(\n)(.*?)(?=^\))", source, maxsplit=1, flags=re.DOTALL | re.MULTILINE
    )
    names = sorted({*re.findall(r'"(\w+)"', tuple_), name})
    return head + "".join(f'    "{one}",\n' for one in names) + tail
