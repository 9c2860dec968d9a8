"""What a guard is asked: one sentence or label, the steps so far, and the proposed call."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal

from dsl import strictjson
from dsl.model import Cause, ToolCall
from guards.judgement import Form, NoJudgement

_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened in the session: what a user said, what was called, what came back."""

    who: Literal["user", "call", "result"]
    text: str


@dataclass(frozen=True)
class Question:
    """One question. `text` is the sentence that might be broken, or the label that might fit."""

    form: Form
    text: str
    call: str
    steps: tuple[Step, ...] = ()
    kind: str | None = None
    polarity: str | None = None
    domain: str = "tool use"
    changes: bool = False  # whether the operator's tools file says that the tool changes something

    @cached_property
    def digest(self) -> str:
        """Return what is the same only for the same question about the same call and steps."""
        steps = [[one.who, one.text] for one in self.steps]
        about = [self.form, self.text, self.kind, self.polarity, self.domain, self.changes]
        told = [*about, steps, self.call]
        return hashlib.sha256(_JSON.encode(told).encode()).hexdigest()


def written(call: ToolCall) -> str:
    """Return a proposed call as a guard reads it; one that cannot be read is not judged."""
    return f"{call.qualified}({_json(call.args, strict=True)})"


def shown(tool: str, args: Any) -> str:
    """Return an earlier call as a guard reads it."""
    return f"{tool}({_json(args)})"


def came(tool: str, result: Any) -> str:
    """Return what came back of an earlier call."""
    return f"{tool} -> {_json(result)}"


def _json(value: Any, *, strict: bool = False) -> str:
    return strictjson.canonical(_plain(value, strict=strict))


def _plain(value: Any, *, strict: bool) -> Any:
    match value:
        case None | bool() | int() | Decimal() | str():
            return value
        case list() | tuple():
            return [_plain(one, strict=strict) for one in value]
        case Mapping():
            return {str(name): _plain(one, strict=strict) for name, one in value.items()}
        case _ if strict:  # an image, say: what the guard does not see it cannot judge
            raise NoJudgement(Cause.FACTS_MISSING)
        case _:
            return "[unreadable]"
