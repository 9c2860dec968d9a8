"""Whether one choice of tools surely takes in another, whatever tools there are."""

from dsl import selectors, syntax


def covers(wide: syntax.Selector, narrow: syntax.Selector) -> bool:
    """Tell whether one selector surely takes in all that another one does."""
    if wide.where or narrow.where or not narrow.patterns:
        return False
    out = {one.text for one in narrow.excluded}
    if any(one.text not in out for one in wide.excluded):
        return False
    return all(any(_wider(w.text, n.text) for w in wide.patterns) for n in narrow.patterns)


def _wider(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    server, _, tool = wide.rpartition("/")
    narrow_server, _, narrow_tool = narrow.rpartition("/")
    if server not in ("", "*", narrow_server) or (server == "*" and not narrow_server):
        return False
    if "*" not in narrow_tool:
        return selectors.names(tool, None, narrow_tool)
    begins = tool.endswith("*") and tool.count("*") == 1
    return tool == narrow_tool or (begins and narrow_tool.startswith(tool[:-1]))
