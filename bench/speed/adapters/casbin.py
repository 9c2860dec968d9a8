"""casbin, with `eval` of a rule in each line."""

import importlib.metadata
import logging
import tempfile
from pathlib import Path
from types import SimpleNamespace

import casbin  # type: ignore[import-not-found]
from host import Call, Decide, Prepare  # type: ignore[import-not-found]

logging.disable()


def version() -> str:
    """Return the version of casbin."""
    return importlib.metadata.version("casbin")


def load(text: str) -> tuple[Prepare, Decide]:
    """Make an enforcer of the model and the lines, which stand in one text."""
    model, _, lines = text.partition("\n---\n")
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder, "model.conf"), Path(folder, "policy.csv")
        for path, part in zip(paths, (model, lines), strict=True):
            path.write_text(part, "utf-8")
        enforcer = casbin.Enforcer(*map(str, paths))

    def prepare(call: Call) -> tuple[str, SimpleNamespace]:
        return call["tool"], SimpleNamespace(**call["args"])

    def decide(request: tuple[str, SimpleNamespace]) -> bool:
        return bool(enforcer.enforce(*request))

    return prepare, decide
