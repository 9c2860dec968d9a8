"""Where the policies to learn from lie, and how a test reads and runs them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.policy import policies
from dsl import syntax
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.parse import parse
from dsl.testing.run import TestReport, run

ROOT: Final = Path(__file__).parents[2]
POLICIES: Final = ROOT / "examples" / "policies"
NAMES: Final = sorted(path.name for path in POLICIES.iterdir() if path.is_dir())

each = pytest.mark.parametrize("name", NAMES)


def drawbar(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, words)


def policy(name: str) -> Path:
    """Return the file of a policy."""
    return POLICIES / name / f"{name}.bar"


def page(name: str) -> str:
    """Return the page beside a policy."""
    return (POLICIES / name / "README.md").read_text("utf-8")


@cache
def bound(name: str) -> Bound:
    """Return a policy ready to judge, with its tools."""
    (one,) = policies.load([policy(name)]).bound
    return one


@cache
def report(name: str) -> TestReport:
    """Return what came of a policy's tests, and what they reached."""
    return run(bound(name))


def statements(name: str) -> tuple[syntax.Statement, ...]:
    """Return what a policy says."""
    path = policy(name)
    return parse(Source(path.name, path.read_text("utf-8"))).statements


def rules(name: str) -> list[syntax.Rule]:
    """Return the rules of a policy in their order."""
    return [one for one in statements(name) if isinstance(one, syntax.Rule)]


def blocks(name: str) -> list[syntax.TestBlock]:
    """Return the tests of a policy in their order."""
    return [one for one in statements(name) if isinstance(one, syntax.TestBlock)]


def outcomes(name: str) -> Iterator[tuple[str, syntax.Expect]]:
    """Yield each expected outcome of a call in a policy's tests, with the call's tool."""
    for test in blocks(name):
        tool = ""
        for step in test.steps:
            match step:
                case syntax.TestCall(called):
                    tool = called
                case syntax.Says("reply"):
                    tool = ""
                case syntax.Expect(of_result=False) if tool:
                    yield tool, step
