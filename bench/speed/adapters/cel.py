"""CEL, through common-expression-language: a compiled expression a tool."""

import importlib.metadata
import json
from typing import Any

import cel  # type: ignore[import-not-found]
from host import Call, Decide, Prepare  # type: ignore[import-not-found]


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("common-expression-language")


def load(text: str) -> tuple[Prepare, Decide]:
    """Compile the expressions."""
    programs = {tool: cel.compile(expression) for tool, expression in json.loads(text).items()}

    def prepare(call: Call) -> tuple[str, dict[str, Any]]:
        return call["tool"], {"args": call["args"]}

    def decide(request: tuple[str, dict[str, Any]]) -> bool:
        tool, names = request
        program = programs.get(tool)
        return program is not None and program.execute(names) is True

    return prepare, decide
