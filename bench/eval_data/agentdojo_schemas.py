"""Writes agentdojo/tool_schemas_v1.2.2.json from the published agentdojo package.

Run it in a throw-away environment that has the pinned package, since the gatherer itself
needs nothing but the standard library:

    python -m venv /tmp/dojo && /tmp/dojo/bin/pip install agentdojo==0.1.35
    /tmp/dojo/bin/python -m bench.eval_data.agentdojo_schemas OUT_DIR
"""

import importlib
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.eval_data.files import FolderError, mismatch, write_atomically
from bench.eval_data.manifest import DataFile, load_manifest

TARGET = "agentdojo/tool_schemas_v1.2.2.json"
PACKAGE, VERSION, SUITES = "agentdojo", "0.1.35", "v1.2.2"


class RecipeError(Exception):
    """The package is not there, or not the pinned one."""


def schemas(suites: Any) -> bytes:
    """Describe every tool of every suite the way the file does."""
    described = {name: [_tool(tool) for tool in suite.tools] for name, suite in suites.items()}
    return json.dumps(described, indent=1).encode()


def _tool(tool: Any) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters.model_json_schema(),
        "dependencies": list(tool.dependencies),
    }


def _suites() -> Any:
    try:
        found = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise RecipeError(f"{PACKAGE}=={VERSION} is not installed here") from error
    if found != VERSION:
        raise RecipeError(f"{PACKAGE}=={VERSION} is needed, found {found}")
    return importlib.import_module("agentdojo.task_suite.load_suites").get_suites(SUITES)


def _entry() -> DataFile:
    return next(entry for entry in load_manifest().files() if entry.path == TARGET)


def write(folder: Path) -> int:
    """Write the file below the folder where its digest is right; return its size."""
    data = schemas(_suites())
    refusal = mismatch(_entry(), data)
    if refusal is not None:
        raise RecipeError(refusal)
    write_atomically(folder, TARGET, data)
    return len(data)


def main(argv: list[str] | None = None) -> int:
    """Write the file below the folder named, or say why not."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    try:
        size = write(Path(arguments[0]))
    except (RecipeError, FolderError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{TARGET}: {size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
