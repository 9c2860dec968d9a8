"""Lints a policy on the tools of an office: mail, a calendar, an account, files, the web."""

from functools import cache
from pathlib import Path
from typing import Final

from dsl import parse
from dsl.checks import schematypes
from dsl.errors import Finding, Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.toolspec import Tools, read
from tests.expect import HEADER

HERE: Final = Path(__file__).parent
TOOLS: Final = HERE / "office.tools.json"


def cases(kind: str) -> list[tuple[str, str]]:
    """Return the policies of one kind, each with the code that it is about."""
    files = sorted((HERE / "cases" / kind).glob("*.txt"))
    return [(file.stem, text) for file in files for text in file.read_text().strip().split("\n\n")]


@cache
def office() -> Tools:
    """Return the tools of the office."""
    return read(Source(TOOLS.name, TOOLS.read_text("utf-8")))


def linted(text: str, *, tools: bool = True) -> list[Finding]:
    """Return all that is found in a policy that can be loaded; without a header it gets one."""
    headed = text.lstrip().startswith(("policy", "overlay"))
    source = Source("p.bar", text if headed else HEADER + text)
    policy, broken = parse.read(source)
    declared = office() if tools else None
    if policy is not None and declared is not None and not broken:
        broken = schematypes.check(policy, declared)
    assert not broken, [finding.message for finding in broken]
    return lint(Unit(source, policy, (), declared))


def found(code: str, text: str, *, tools: bool = True) -> list[Finding]:
    """Return what is found under one code."""
    return [finding for finding in linted(text, tools=tools) if finding.code == code]
