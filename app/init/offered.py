"""Tools as a server or a document offers them, before anybody has looked at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool: its definition, whole and as it came, and the server that offers it."""

    definition: Mapping[str, Any]
    server: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tools that one draft is written for.

    `name` is what the policy will be called, `origin` says in words where the tools come from,
    `folders` are those that the servers were started with, `untold` what could not be had.
    """

    name: str
    origin: str
    tools: tuple[Offered, ...]
    folders: tuple[str, ...] = ()
    untold: tuple[str, ...] = field(default=())
