"""Runs a host and an adapter of an engine: questions are lines on standard input, answers go out.

Run as `python -I hosting.py HOST.py ADAPTER.py ...` in the engine's own environment, it may use the
standard library only. The adapter imports the host as `host`, and has `version()`, the engine's
version as the engine itself says it. The host has `answering(adapter, ...)`, which is given what
else stands in the command, and returns a function from a question to an answer.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType


def module(name: str, path: Path) -> ModuleType:
    """Return a module from its file, which may be named as the engine's own package."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"no module {path}")
    loaded = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def main() -> None:
    """Say the version, then answer questions until there are no more."""
    host, adapter, *given = sys.argv[1:]
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # what an engine prints, even from below Python, is not an answer
        asked = module("host", Path(host))
        engine = module(f"adapter_{Path(adapter).stem}", Path(adapter))
        answer = asked.answering(engine, *given)
        print(json.dumps({"version": str(engine.version())}), file=out, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
