"""Invariant Guardrails, on the trace that ends with the call: an error it reports is a refusal.

The arguments go in as the JSON text that came, which is how the traces of the common interface
have them. Whatever no rule denies is allowed.
"""

import importlib.metadata
import json
import warnings
from collections.abc import Mapping
from typing import Any

from host import (  # type: ignore[import-not-found]
    ALLOWED,
    REFUSED,
    Answer,
    Case,
    Decide,
)
from invariant.analyzer import LocalPolicy  # type: ignore[import-not-found]

warnings.simplefilter("ignore")


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("invariant-ai")


def load(case: Case) -> Decide:
    """Read the rules."""
    policy = LocalPolicy.from_string(case.text)

    def decide(call: Mapping[str, Any]) -> Answer:
        arguments = call.get("args_text") or json.dumps(call["args"])
        function = {"name": call["tool"], "arguments": arguments}
        used = {"id": "1", "type": "function", "function": function}
        trace = [
            {"role": "user", "content": "Go on."},
            {"role": "assistant", "content": "", "tool_calls": [used]},
        ]
        errors = policy.analyze(trace).errors
        return Answer(REFUSED if errors else ALLOWED, "; ".join(map(str, errors)))

    return decide
