"""Invariant Guardrails, on the trace that ends with the call: an error is a refusal."""

import importlib.metadata
import json
import warnings
from typing import Any

from host import Call, Decide, Prepare  # type: ignore[import-not-found]
from invariant.analyzer import LocalPolicy  # type: ignore[import-not-found]

warnings.simplefilter("ignore")


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("invariant-ai")


def load(text: str) -> tuple[Prepare, Decide]:
    """Read the rules."""
    policy = LocalPolicy.from_string(text)

    def prepare(call: Call) -> list[dict[str, Any]]:
        function = {"name": call["tool"], "arguments": json.dumps(call["args"])}
        used = {"id": "1", "type": "function", "function": function}
        return [
            {"role": "user", "content": "Go on."},
            {"role": "assistant", "content": "", "tool_calls": [used]},
        ]

    def decide(trace: list[dict[str, Any]]) -> bool:
        return not policy.analyze(trace).errors

    return prepare, decide
