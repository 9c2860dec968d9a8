"""What a function of the policy language is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsl.model import Cause


class Type(StrEnum):
    """What kinds of values there are; comparisons and functions never mix them."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth value"
    TIME = "time"
    DURATION = "duration"
    LIST = "list"
    OBJECT = "object"
    ANY = "value"


@dataclass(frozen=True, slots=True)
class Function:
    """The identity of a function: its name, what it takes and what it gives."""

    name: str
    takes: tuple[Type, ...]
    gives: Type
    since: str


# Gets values that are there and of the declared types. Returns a value of the type it gives, or,
# where there is none to give, the cause: the condition is then unknown. Never raises.
Apply = Callable[..., Any | Cause]
