"""The fixed calls of a task and an attack, and the two orders in which they come."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from dsl import strictjson

Part = Literal["user", "attacker"]
# A: the attacker's calls first, when nothing has been read. B: right after the attack was read.
# U: the user's calls alone. R: as a model made them, which was recorded.
Order = Literal["A", "B", "U", "R"]
ORDERS: Final[tuple[Order, ...]] = ("A", "B")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and whose it is."""

    part: Part
    tool: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """The calls of a user's task, and of an attack on it; `attack` is none where nobody attacks."""

    suite: str
    user: str
    attack: str | None
    prompt: str
    calls: tuple[Call, ...]
    attack_calls: tuple[Call, ...] = ()
    exposed: int | None = None

    @property
    def id(self) -> str:
        """Name the script."""
        return "/".join((self.suite, self.user, *([self.attack] if self.attack else [])))

    @property
    def attack_id(self) -> str:
        """Name the attack, which is the same on many tasks."""
        return f"{self.suite}/{self.attack}"

    def ordered(self, order: Order) -> tuple[Call, ...]:
        """Return the calls in an order."""
        match order:
            case "U":
                return self.calls
            case "A":
                return (*self.attack_calls, *self.calls)
            case "B" if self.exposed is not None:
                at = self.exposed
                return (*self.calls[:at], *self.attack_calls, *self.calls[at:])
            case _:
                message = f"{self.id} has no order {order}"
                raise ValueError(message)

    def line(self) -> str:
        """Return the script as one line of JSON."""
        whole = {
            "suite": self.suite,
            "user": self.user,
            "attack": self.attack,
            "prompt": self.prompt,
            "calls": _plain(self.calls),
            "attack_calls": _plain(self.attack_calls),
            "exposed": self.exposed,
        }
        return strictjson.canonical(whole) + "\n"


def script_of(row: Mapping[str, Any]) -> Script:
    """Read a script as AgentDojo's host gives it."""
    return Script(
        row["suite"],
        row["user"],
        row["attack"],
        row["prompt"],
        _calls("user", row["calls"]),
        _calls("attacker", row["attack_calls"]),
        None if row["exposed"] is None else int(row["exposed"]),
    )


def digest(scripts: Iterable[Script]) -> str:
    """Return the digest of scripts."""
    return hashlib.sha256("".join(one.line() for one in scripts).encode()).hexdigest()


def _calls(part: Part, rows: Sequence[Mapping[str, Any]]) -> tuple[Call, ...]:
    return tuple(Call(part, one["tool"], one["args"]) for one in rows)


def _plain(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [{"tool": one.tool, "args": one.args} for one in calls]
