"""How many of its cases a test of drawn ones draws in this run."""

import math
import os
from typing import Final

# An everyday run (`make test`) draws a part; the run before a change lands (`make check`) all.
SHARE: Final = float(os.environ.get("DRAWN", "1"))


def some(number: int) -> int:
    """Return how many of so many cases are drawn."""
    return max(1, math.ceil(number * SHARE))
