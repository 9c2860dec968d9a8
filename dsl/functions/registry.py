"""Every function, written out; nothing is imported before a policy calls it."""

from functools import cache
from importlib import import_module
from typing import Final

from dsl.functions.function import Apply, Function

# Some functions bring heavy parsers along, so each is imported when it is first looked up.
NAMES: Final = (
    "abs",
    "argv",
    "date",
    "detects",
    "domain",
    "host",
    "hour",
    "ip_in",
    "len",
    "lower",
    "max",
    "min",
    "near",
    "nfkc",
    "parse_time",
    "round",
    "scheme",
    "sql_kind",
    "sum",
    "trim",
    "under",
    "unique",
    "values",
    "weekday",
)


def warm(name: str) -> None:
    """Let a function load what it needs, before the first decision asks for it."""
    found = find(name)
    if found is not None and found[0].sample:
        found[1](*found[0].sample)


@cache
def find(name: str) -> tuple[Function, Apply] | None:
    """Return a function by its name."""
    if name not in NAMES:
        return None
    module = import_module(f"dsl.functions.{name}")
    return module.FUNCTION, module.apply
