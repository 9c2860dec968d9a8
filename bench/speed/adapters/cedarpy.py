"""Cedar through cedarpy, its policies and entities parsed beforehand, the context as JSON text."""

import importlib.metadata
import json

import cedarpy  # type: ignore[import-not-found]
from host import Call, Decide, Prepare  # type: ignore[import-not-found]


def version() -> str:
    """Return the version of cedarpy."""
    return importlib.metadata.version("cedarpy")


def load(text: str) -> tuple[Prepare, Decide]:
    """Parse the policies."""
    policies = cedarpy.PolicySet.from_str(text)
    entities = cedarpy.Entities.from_json_str("[]")

    def prepare(call: Call) -> dict[str, object]:
        return {
            "principal": {"type": "Agent", "id": "agent"},
            "action": {"type": "Action", "id": call["tool"]},
            "resource": {"type": "Tool", "id": call["tool"]},
            "context": json.dumps(call["args"]),
        }

    def decide(request: dict[str, object]) -> bool:
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return prepare, decide
