"""Whether a path is a directory or lies in it, told by the text alone; links are not followed.

Example: under("/srv/data//reports/may.txt", "/srv/data")
Unknown: when one of the two is relative or begins with `~`, or holds `..`, percent escapes, a back
slash or control characters, or characters that some programs turn into these.
"""

from dsl.canonical import path as paths
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function("under", takes=(Type.TEXT, Type.TEXT), gives=Type.TRUTH, since="0.1")


def apply(path: str, directory: str) -> bool | Cause:
    """Compare whole segments."""
    inner, outer = paths.canonical(path), paths.canonical(directory)
    if inner is None or outer is None or not inner.startswith("/") or not outer.startswith("/"):
        return Cause.UNREADABLE
    return f"{inner}/".startswith(outer.removesuffix("/") + "/")
