"""The text in the Unicode form NFKC: full-width letters, ligatures and the like become plain ones.

Example: nfkc("ﬁle") == "file"
Unknown: when more than 30 marks are stacked on one letter, or a long text becomes over twice as
long; no language does either.
"""

from dsl.canonical.text import compatible
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function("nfkc", takes=(Type.TEXT,), gives=Type.TEXT, since="0.1")


def apply(text: str) -> str | Cause:
    """Normalise the text."""
    form = compatible(text)
    return Cause.UNREADABLE if form is None else form
