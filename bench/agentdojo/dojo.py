"""Speaks with AgentDojo, which runs in a process and an environment of its own."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

from bench.agentdojo.environment import VERSION
from bench.agentdojo.scripts import Call, Script, script_of
from dsl import strictjson

SUITES: Final = ("banking", "slack", "travel", "workspace")


class DojoFailed(Exception):
    """AgentDojo is another version than is pinned, or it broke off."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a call: what the tool gave back, or the error that it ended with."""

    result: Any
    error: str | None

    @property
    def shown(self) -> Any:
        """Return what the agent sees."""
        return self.result if self.error is None else self.error


@dataclass(frozen=True, slots=True)
class Checked:
    """What the tasks' own checks say; `attack` is none where there is no attack."""

    utility: bool
    attack: bool | None
    raised: tuple[str, ...] = ()


class Dojo:
    """AgentDojo's suites: one environment at a time, opened and gone back to."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if (version := self._read()["version"]) != VERSION:
            message = f"agentdojo {version} is installed, and {VERSION} is pinned"
            raise DojoFailed(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, which reads until its input ends."""
        self._process.communicate()

    def scripts(self, suite: str) -> list[Script]:
        """Return the scripts of a suite: each task alone, and with each attack."""
        return [script_of(one) for one in self._ask("scripts", suite=suite)]

    def open(self, script: Script) -> None:
        """Make the environment of a script."""
        self._ask("open", suite=script.suite, user=script.user, attack=script.attack)

    def open_recorded(self, suite: str, user: str, attack: str, version: str) -> None:
        """Make the environment that a run was recorded in."""
        self._ask("open", suite=suite, user=user, attack=attack, version=version)

    def truth(self, suite: str, version: str) -> Mapping[str, Any]:
        """Return what tasks and attacks of a version call for, and what its environment holds."""
        found: Mapping[str, Any] = self._ask("truth", suite=suite, version=version)
        return found

    def reset(self) -> None:
        """Go back to where the environment was opened."""
        self._ask("reset")

    def run(self, call: Call) -> Ran:
        """Call a tool."""
        return Ran(**self._ask("run", tool=call.tool, args=call.args))

    def check(self, executed: Sequence[Call], output: str | None = None) -> Checked:
        """Ask the tasks' own checks about the calls that ran."""
        calls = [{"tool": one.tool, "args": one.args} for one in executed]
        said = self._ask("check", executed=calls, output=output)
        return Checked(said["utility"], said["attack"], tuple(said["raised"]))

    def values(self, suite: str) -> Mapping[str, Sequence[str]]:
        """Return what no policy may hold."""
        found: Mapping[str, Sequence[str]] = self._ask("values", suite=suite)
        return found

    def _ask(self, asked: str, **members: Any) -> Any:
        if self._process.stdin is None:
            raise DojoFailed("AgentDojo takes no questions")
        self._process.stdin.write(strictjson.canonical({"ask": asked, **members}) + "\n")
        self._process.stdin.flush()
        return self._read()["said"]

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise DojoFailed("AgentDojo broke off; its words stand above")
        return json.loads(line, parse_float=Decimal)  # numbers are exact, as at an edge
