"""`drawbar dev new-function` and `new-lint-rule`: the files that a new part needs."""

import re
from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Final

import click

from dsl.errors import DrawbarError

_LONGEST: Final = 40
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
_LINT_RULE: Final = '''"""What it finds, in one sentence that a security lead understands.

Why: what goes wrong where nobody heeds it.
Avoid: rule {module}: allow read_file;
Prefer: rule reads: allow read_file;
Fix: say how, or "none" and why.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="{code}", name="{name}", level="warning", since="{version}")


def check(unit: Unit) -> Iterator[Finding]:
    """Say what is looked for; report the smallest wrong place."""
    for rule in unit.nodes(syntax.Rule):
        if rule.name == "{module}":
            yield LINT_RULE.at(rule.span, "say what is wrong", "say what to write instead")
'''
_BAD: Final = "policy p version 1;\nrule {module}: allow read_file;\n"
_GOOD: Final = "policy p version 1;\nrule reads: allow read_file;\n"


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
    _write(files, {"name": name})
    registry.write_text(_registered(registry.read_text("utf-8"), name), "utf-8")
    click.echo(f"added `{name}` to {registry}; now run `make docs test`")


@click.command("new-lint-rule")
@click.argument("name")
@click.option("--code", required=True, help="The code it reports, such as BAR450.")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The checkout.")
def new_lint_rule(name: str, code: str, root: Path) -> None:
    """Start a lint rule: its file, and the two policies it is tested with.

    docs/add-a-lint-rule.md says what to do next. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    _refuse_unless(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name, "NAME", "small letters, digits and `-`")
    _refuse_unless(r"BAR[0-9]{3}", code, "--code", "`BAR` and three digits")
    module, folder = name.replace("-", "_"), root / "dsl" / "lint"
    registry, corpus = folder / "registry.py", root / "tests" / "corpus" / "lint" / code
    if not registry.is_file():
        raise DrawbarError(f"`{root}` is not a checkout of Drawbar: there is no `{registry}`")
    if corpus.exists():
        raise DrawbarError(f"`{code}` is taken: there is `{corpus}`")
    files = {
        folder / "rules" / f"{module}.py": _LINT_RULE,
        corpus / "bad.bar": _BAD,
        corpus / "good.bar": _GOOD,
    }
    _write(files, {"name": name, "module": module, "code": code})
    click.echo(f"now put `{module}` into {registry}, by its code, and run `drawbar dev docs`")


def _refuse_unless(pattern: str, value: str, parameter: str, wanted: str) -> None:
    if not re.fullmatch(pattern, value) or iskeyword(value) or len(value) > _LONGEST:
        raise click.BadParameter(f"`{value}` is not {wanted}", param_hint=parameter)


def _write(files: Mapping[Path, str], values: Mapping[str, str]) -> None:
    """Write new files, all or none, with what stands in braces filled in."""
    for path in files:
        if path.exists():
            raise DrawbarError(f"`{path}` is already there")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, {**values, "version": _version()}), "utf-8")
        click.echo(f"wrote {path}")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in what stands in braces; other braces are code and stay."""
    return re.sub("{(" + "|".join(values) + ")}", lambda match: values[match[1]], text)


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
