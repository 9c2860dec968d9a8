"""Which calls change something, as the operator says: some labels are told of these alone."""

from collections.abc import Sequence

from app.facts.writes import READ_ONLY
from app.guarding.resting import Name, heard_by
from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall


def changes(call: ToolCall, bound: Sequence[Bound], name: Name) -> bool:
    """Tell whether each policy that asks for a score says `read_only: false` in its tools file.

    What nobody says of a tool, and what its server says of itself, counts for nothing.
    """
    asking = [one for one in bound if name in heard_by([one])]
    tools = [None if one.tools is None else one.tools.find(call) for one in asking]
    return bool(tools) and all(one and one.metadata.get(READ_ONLY) is False for one in tools)
