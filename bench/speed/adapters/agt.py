"""Microsoft's Agent Governance Toolkit: `PolicyEngine`, where a denial overrides."""

import importlib.metadata
import logging
import warnings
from typing import Any

from agentmesh.governance.policy import PolicyEngine  # type: ignore[import-not-found]
from host import Call, Decide, Prepare  # type: ignore[import-not-found]

logging.disable()
warnings.simplefilter("ignore")


def version() -> str:
    """Return the version of the toolkit's core."""
    return importlib.metadata.version("agent-governance-toolkit-core")


def load(text: str) -> tuple[Prepare, Decide]:
    """Load the rules."""
    engine = PolicyEngine(conflict_strategy="deny_overrides")
    engine.load_yaml(text)

    def prepare(call: Call) -> dict[str, Any]:
        return {"action": {"type": call["tool"]}, "args": call["args"]}

    def decide(context: dict[str, Any]) -> bool:
        return bool(engine.evaluate("agent", context).allowed)

    return prepare, decide
