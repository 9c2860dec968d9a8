"""What a function of the policy language is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dsl.model import Cause
from dsl.types import Type


@dataclass(frozen=True, slots=True)
class Function:
    """The identity of a function: its name, what it takes and what it gives.

    A `zoned` function gets the policy's time zone as its first argument. `sample` are values that
    make it load the libraries it needs, so that no decision waits for them. `steps` is what a call
    costs of a rule's budget, beside the size of its values (`dsl/evaluation/scope.py`).
    """

    name: str
    takes: tuple[Type, ...]
    gives: Type
    since: str
    zoned: bool = False
    sample: tuple[Any, ...] = ()
    steps: int = 1


# Gets values that are there and of the declared types. Returns a value of the type it gives, or,
# where there is none to give, the cause: the condition is then unknown. Never raises.
Apply = Callable[..., Any | Cause]
