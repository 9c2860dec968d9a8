"""Requests that are shown in the API's description, each with the answer that a gateway gave.

They are a few stories, each in its order and in a file of its own, as each needs a gateway with
other settings. A test plays them against real gateways, and holds each answer against what is
written there and against its schema; `make api-examples` writes the answers anew.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILES: Final = {
    "calls": Path(__file__).with_name("examples.json"),  # policies from a folder
    "store": Path(__file__).with_name("store_examples.json"),  # policies that are published
    "four_eyes": Path(__file__).with_name("four_eyes_examples.json"),  # by two people
    "memory": Path(__file__).with_name("memory_examples.json"),  # where the gateway learns
    "glass": Path(__file__).with_name("glass_examples.json"),  # with a policy that stands by
}
KEYS: Final = {
    "agent": "DRAWBAR_KEY",
    "admin": "ADMIN_KEY",
    "second": "SECOND_KEY",
    "other_admin": "OTHER_ADMIN_KEY",
    "sidecar": "SIDECAR_KEY",
}
_PARAMETER: Final = re.compile(r"\{(\w+)(?::path)?\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One request and its answer; without `key` nobody asks for one."""

    operation: str
    says: str
    method: str
    path: str
    status: int
    key: str | None = None
    query: Mapping[str, str] | None = None
    body: Any = None
    headers: Mapping[str, str] | None = None
    answer: Any = None
    tag: str | None = None  # the `ETag` of the answer
    endless: bool = False

    @property
    def slug(self) -> str:
        """What the example is called in the description."""
        return re.sub(r"[^a-z0-9]+", "_", self.says.lower()).strip("_")


@cache
def examples() -> tuple[Example, ...]:
    """Return every example of all stories."""
    return tuple(one for name in FILES for one in story(name))


@cache
def story(name: str) -> tuple[Example, ...]:
    """Return the examples of one story, in its order."""
    return tuple(Example(**one) for one in json.loads(FILES[name].read_text("utf-8")))


def curl(one: Example) -> str:
    """Write a request as people paste it."""
    query = "&".join(f"{name}={value}" for name, value in (one.query or {}).items())
    parts = ["curl -sN --max-time 3" if one.endless else "curl -s"]
    parts += [f"-X {one.method}"] if one.method not in ("GET", "POST") else []
    parts += [f'"$DRAWBAR_URL{one.path}{"?" if query else ""}{query}"']
    parts += [f'-H "Authorization: Bearer ${KEYS[one.key]}"'] if one.key else []
    parts += [f"-H {shlex.quote(f'{n}: {v}')}" for n, v in (one.headers or {}).items()]
    if one.body is not None:
        parts += ['-H "Content-Type: application/json"']
        parts += [f"-d {shlex.quote(json.dumps(one.body, ensure_ascii=False))}"]
    elif one.method == "POST":
        parts[0] += " -X POST"
    return " ".join(parts)


def parameters(one: Example, template: str) -> dict[str, str]:
    """Return the values that an example has for the parameters of its path and its query."""
    pattern = _PARAMETER.sub(r"(?P<\1>[^/]+)", template)
    found = re.fullmatch(pattern, one.path)
    if found is None:
        raise ValueError(f"the example of `{one.operation}` has the path {one.path}: {template}")
    return {**found.groupdict(), **(one.query or {})}
