"""Drafts for tests, and what a gateway makes of calls under them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.init.offered import Catalogue, Offered
from app.init.outcome import Outcome, make
from app.init.plan import Wishes
from app.policy import policies
from dsl.errors import render
from dsl.interpret import Bound
from dsl.lint.run import run as lint
from dsl.testing.run import run

HERE = Wishes("/srv/data")


def tool(name: str, description: str = "", /, **arguments: Any) -> dict[str, Any]:
    """Return a tool all of whose arguments are required."""
    schema = {"type": "object", "properties": arguments, "required": list(arguments)}
    return {"name": name, "description": description, "inputSchema": schema}


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def outcome(
    *tools: Mapping[str, Any], wishes: Wishes = HERE, name: str = "drawn", servers: int = 1
) -> Outcome:
    """Return what comes of some tools, dealt out to servers."""
    offered = tuple(Offered(one, f"srv-{at % servers}") for at, one in enumerate(tools))
    return make(Catalogue(name, "a test", offered), wishes)


def written(made: Outcome, folder: Path) -> Path:
    """Write a draft into a folder, and return the policy's file."""
    path = folder / f"{made.draft.name}.bar"
    path.write_text(made.draft.policy, "utf-8")
    (folder / f"{made.draft.name}.tools.json").write_text(made.draft.tools, "utf-8")
    return path


def faults(path: Path) -> list[str]:
    """Return what the linter finds and which tests fail."""
    findings = lint([policies.unit(path)]).files[0].findings
    said = [render(policies.read_source(path), one) for one in findings]
    (bound,) = policies.load([path]).bound
    return said + [one.message for result in run(bound).results for one in result.failures]


def bound(path: Path) -> Bound:
    """Return a policy ready to judge."""
    (one,) = policies.load([path]).bound
    return one
