"""Which tools a rule speaks of."""

from functools import lru_cache

from dsl import patterns, syntax
from dsl.model import ToolCall


def selects(selector: syntax.Selector, call: ToolCall) -> bool:
    """Tell whether a selector takes in a call's tool."""
    return listed(selector.patterns, call) and not listed(selector.excluded, call)


def listed(choices: tuple[syntax.ToolPattern, ...], call: ToolCall) -> bool:
    """Tell whether a call's tool is one of some names and globs."""
    return any(names(choice.text, call.server, call.tool) for choice in choices)


@lru_cache(maxsize=65536)
def names(pattern: str, server: str | None, tool: str) -> bool:
    """Match a name or glob; without a server it stands for the tool on every server."""
    wanted_server, slash, wanted = pattern.rpartition("/")
    if slash and (server is None or not _same(wanted_server, server)):
        return False
    return _same(wanted, tool)


def _same(pattern: str, name: str) -> bool:
    if "*" not in pattern:
        return pattern == name
    return patterns.whole(patterns.from_glob(pattern), name)
