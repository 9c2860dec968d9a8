"""casbin, as its documentation scales attributes to many rules: `eval` of a rule in each line.

A request is the tool, its arguments and what is declared of it, the latter two as objects with
attributes. The model is `model.conf`, or a file of the policy's name: the two differ in the
default alone. The three functions are registered as the documentation says, for the defensive
wording, since the expressions have none of their own that ask for a type.
"""

import importlib.metadata
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import casbin  # type: ignore[import-not-found]
from host import (  # type: ignore[import-not-found]
    ALLOWED,
    REFUSED,
    Answer,
    Case,
    Decide,
    args_of,
)

logging.disable()


def version() -> str:
    """Return the version of casbin."""
    return importlib.metadata.version("casbin")


def load(case: Case) -> Decide:
    """Make an enforcer of the model and the policy's lines."""
    with tempfile.TemporaryDirectory() as folder:
        model, lines = Path(folder, "model.conf"), Path(folder, "policy.csv")
        beside = case.beside("conf") or (case.folder / "model.conf").read_text("utf-8")
        model.write_text(beside, "utf-8")
        lines.write_text(case.text, "utf-8")
        enforcer = casbin.Enforcer(str(model), str(lines))
    for name, function in (("has", _has), ("isText", _is_text), ("isNumber", _is_number)):
        enforcer.add_function(name, function)

    def decide(call: Mapping[str, Any]) -> Answer:
        args, declared = SimpleNamespace(**args_of(call)), _declared(case, call["tool"])
        allowed, rule = enforcer.enforce_ex(call["tool"], args, declared)
        return Answer(ALLOWED if allowed else REFUSED, ", ".join(rule))

    return decide


def _declared(case: Case, tool: str) -> SimpleNamespace:
    known: dict[str, Any] = next((one for one in case.tools or [] if one["name"] == tool), {})
    risk = {"risk": known["risk"]} if "risk" in known else {}
    return SimpleNamespace(**risk, **known.get("annotations", {}))


def _has(values: SimpleNamespace, name: str) -> bool:
    return hasattr(values, name)


def _is_text(values: SimpleNamespace, name: str) -> bool:
    return isinstance(getattr(values, name, None), str)


def _is_number(values: SimpleNamespace, name: str) -> bool:
    value = getattr(values, name, None)
    return isinstance(value, int | float) and not isinstance(value, bool)
