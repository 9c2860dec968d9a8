"""An engine that is wrong about everything, for tests of the bench of speed."""

from collections.abc import Callable, Mapping
from typing import Any

Call = Mapping[str, Any]


def version() -> str:
    """Return the version of this engine."""
    return "1.0"


def load(text: str) -> tuple[Callable[[Call], Call], Callable[[Call], bool]]:
    """Read a policy, or refuse it."""
    if "broken" in text:
        raise ValueError("it is broken")
    return (lambda call: call), (lambda _: "yes" in text)
