"""regopy, which is rego-cpp: a Rego of its own, in this process; the input goes in as text."""

import importlib.metadata
import json

from host import Call, Decide, Prepare  # type: ignore[import-not-found]
from regopy import Interpreter  # type: ignore[import-not-found]

_ALLOWED = '{"expressions":[true]}'


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("regopy")


def load(text: str) -> tuple[Prepare, Decide]:
    """Add the module."""
    interpreter = Interpreter()
    interpreter.add_module("policy", text)

    def prepare(call: Call) -> str:
        return json.dumps(dict(call))

    def decide(given: str) -> bool:
        interpreter.set_input_term(given)
        output = interpreter.query("data.tools.allow")
        if not output.ok():
            raise RuntimeError(str(output))
        return str(output) == _ALLOWED  # it says `undefined` where the default would be false

    return prepare, decide
