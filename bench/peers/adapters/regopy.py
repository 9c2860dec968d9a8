"""regopy, which is rego-cpp: a Rego of its own, in this process, with the policies of OPA.

The input goes in as the JSON text that came. What is undefined is no allow.
"""

import importlib.metadata
import json
from collections.abc import Mapping
from typing import Any

from host import (  # type: ignore[import-not-found]
    ALLOWED,
    ASKED,
    REFUSED,
    Answer,
    Case,
    Decide,
)
from regopy import Interpreter  # type: ignore[import-not-found]

EFFECTS = {"allow": ALLOWED, "ask": ASKED}


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("regopy")


def load(case: Case) -> Decide:
    """Add the module, if there is one."""
    interpreter = Interpreter()
    if case.text.strip():
        interpreter.add_module("policy", case.text)

    def decide(call: Mapping[str, Any]) -> Answer:
        args = call.get("args_text") or json.dumps(call["args"])
        declared = json.dumps(_declared(case, call["tool"]))
        given = f'{{"tool": {json.dumps(call["tool"])}, "declared": {declared}, "args": {args}}}'
        interpreter.set_input_term(given)
        output = interpreter.query("data.tools")
        if not output.ok():
            raise RuntimeError(str(output))
        said = str(output)
        return _read({} if said == "undefined" else json.loads(said)["expressions"][0])

    return decide


def _declared(case: Case, tool: str) -> dict[str, Any]:
    known: dict[str, Any] = next((one for one in case.tools or [] if one["name"] == tool), {})
    return {key: known[key] for key in ("risk", "annotations") if key in known}


def _read(document: Mapping[str, Any]) -> Answer:
    if "decision" in document:
        more = document.get("reply"), document.get("args")
        return Answer(EFFECTS.get(document["decision"], REFUSED), json.dumps(document), *more)
    return Answer(ALLOWED if document.get("allow") is True else REFUSED, json.dumps(document))
