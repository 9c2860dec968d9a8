"""CEL, through common-expression-language: one compiled expression decides one call.

An expression says true or false, or a word (`allow`, `ask`, `deny`), or a map with the word as
`decision`, and `reply` and `args` where the call is answered or changed. Any other value is no
allow. In the defensive wording the names an expression refers to are looked at first, which the
package offers as its static analysis.
"""

import importlib.metadata
from collections.abc import Mapping
from typing import Any

import cel  # type: ignore[import-not-found]
from host import (  # type: ignore[import-not-found]
    ALLOWED,
    ASKED,
    REFUSED,
    Answer,
    Case,
    Decide,
    args_of,
)

EFFECTS = {"allow": ALLOWED, "ask": ASKED}
# `t` is the name that the policies give to what a macro binds.
VARIABLES = {"tool", "args", "declared", "t", "string", "int", "uint", "double", "bool"}
FUNCTIONS = {"all", "contains", "double", "has", "matches", "size", "startsWith", "type"}


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version("common-expression-language")


def load(case: Case) -> Decide:
    """Compile the expression."""
    program = cel.compile(case.text.strip())
    if case.wording == "defensive":
        _known(program)

    def decide(call: Mapping[str, Any]) -> Answer:
        names = {"tool": call["tool"], "args": args_of(call), "declared": _declared(case, call)}
        return _read(program.execute(names))

    return decide


def _known(program: Any) -> None:
    """Refuse an expression with a name that neither the host nor CEL has."""
    functions = {name for name in program.functions() if name.isidentifier() and name[0] != "_"}
    unknown = {*program.variables()} - VARIABLES | functions - FUNCTIONS
    if unknown:
        raise NameError(", ".join(sorted(unknown)))


def _declared(case: Case, call: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = next(
        (one for one in case.tools or [] if one["name"] == call["tool"]), {}
    )
    risk = {"risk": known["risk"]} if "risk" in known else {}
    return {**risk, **known.get("annotations", {})}


def _read(value: Any) -> Answer:
    if isinstance(value, dict):
        effect = EFFECTS.get(str(value.get("decision")), REFUSED)
        return Answer(effect, str(value), value.get("reply"), value.get("args"))
    if value is True:
        return Answer(ALLOWED, "true")
    effect = EFFECTS.get(value, REFUSED) if isinstance(value, str) else REFUSED
    return Answer(effect, str(value))
