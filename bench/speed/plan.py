"""How much is measured: the whole, or a quick look that says whether everything still runs."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Plan:
    """One extent of the bench."""

    name: str
    rounds: int  # each engine, in an order that rotates
    curve_rounds: int  # each point of a curve
    seconds: float  # of one round in process
    sizes: tuple[int, ...]  # rules of a policy
    large: int  # rules for those who still can, all on one tool
    served: int  # rules of the policies that are asked over HTTP
    clients: tuple[int, ...]
    http_seconds: int  # of one round over HTTP
    rules: tuple[int, ...]  # of the curve
    sessions: tuple[int, ...]
    history: tuple[int, ...]
    observed: tuple[int, ...]  # bytes
    at_once: tuple[int, ...]


WHOLE: Final = Plan(
    name="whole",
    rounds=7,
    curve_rounds=3,
    seconds=0.2,
    sizes=(1, 100, 1_000),
    large=10_000,
    served=1_000,
    clients=(1, 16, 64),
    http_seconds=1,
    rules=(10, 100, 1_000, 10_000, 100_000),
    sessions=(1, 10, 100, 1_000, 10_000),
    history=(1, 10, 100, 1_000, 10_000),
    observed=(10 << 10, 100 << 10, 1 << 20, 10 << 20),
    at_once=(1, 4, 16, 64, 256),
)
QUICK: Final = Plan(
    name="quick",
    rounds=2,
    curve_rounds=1,
    seconds=0.05,
    sizes=(20,),
    large=0,
    served=100,
    clients=(1, 16),
    http_seconds=1,
    rules=(10, 100, 1_000),
    sessions=(1, 100),
    history=(1, 100),
    observed=(10 << 10, 100 << 10),
    at_once=(1, 16),
)
