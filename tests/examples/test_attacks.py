"""None of the tricks in `attacks.json` gets a call past its policy, and honest calls do pass.

A scene is one argument of one tool, with an honest value and hostile ones. With the honest value
the call passes or is asked for, so that what stops the others is the value.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from dsl import strictjson
from dsl.interpret import evaluate
from dsl.model import Effect, ToolCall
from dsl.session.session import Session
from dsl.state import Outcome
from tests.examples.library import NAMES, POLICIES, bound, drawbar

# A Monday, in working hours.
NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
RANK: Final = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}
FILE: Final = json.loads(Path(__file__).with_name("attacks.json").read_text("utf-8"))


@dataclass(frozen=True)
class Scene:
    """One argument of one tool. Hostile values come to `at_best`, or to something stricter."""

    name: str
    policy: str
    tool: str
    argument: str
    honest: Any
    hostile: list[Any] = field(default_factory=list)
    at_best: str = Effect.DENY
    args: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    beside: str | None = None

    def tricks(self) -> list[Any]:
        """Return the hostile values, those beside a folder among them."""
        paths = [path.replace("{0}", self.beside) for path in FILE["beside"]] if self.beside else []
        listed = isinstance(self.honest, list)
        return [*self.hostile, *([*self.honest, path] if listed else path for path in paths)]


SCENES: Final = [Scene(**scene) for scene in FILE["scenes"]]
every = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


def decide(scene: Scene, value: Any) -> Effect:
    """Return what becomes of the scene's call with a value; what cannot be read is denied."""
    try:
        args = strictjson.read(json.dumps({**scene.args, scene.argument: value}))
    except strictjson.InvalidJson:
        return Effect.DENY
    one = bound(scene.policy)
    session = Session([one.policy], list(scene.said), dict(scene.facts))
    for step in scene.before:
        ran = ToolCall("before", step["tool"], step["args"])
        session.ran(ran, NOW, step.get("returns"), Outcome(step.get("outcome", "executed")))
    session.call = ToolCall("now", scene.tool, args)
    return evaluate([one], session.call, NOW, session).effect


@every
def test_the_honest_value_is_not_stopped(scene: Scene) -> None:
    """It passes, or a person is asked: so it is the value that stops the others."""
    assert decide(scene, scene.honest) is not Effect.DENY


@every
def test_no_hostile_value_passes(scene: Scene) -> None:
    """Each comes to the effect that the scene names, or to a stricter one."""
    least = RANK[Effect(scene.at_best)]
    tricks = scene.tricks()

    assert tricks
    assert [value for value in tricks if RANK[decide(scene, value)] < least] == []


def test_where_a_person_is_asked_the_honest_value_is_free() -> None:
    """A scene that lets hostile values be asked for shows that the honest one need not be."""
    asking = [scene for scene in SCENES if scene.at_best == Effect.ASK]

    assert len(asking) >= 3
    assert {decide(scene, scene.honest) for scene in asking} == {Effect.ALLOW}


def test_every_policy_is_attacked() -> None:
    """Each has a scene but the team's, whose callers are attacked in its own tests."""
    assert sorted({scene.policy for scene in SCENES} | {"team"}) == NAMES


def test_a_number_of_256_bits_is_too_long_to_be_decided() -> None:
    """Amounts of tokens come as text for this reason; as a number the call is not even read."""
    args = {"to": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "gwei": 2**256 - 1}
    call = json.dumps({"tool": "send_coins", "args": args})
    ran = drawbar("check", "--policy", str(POLICIES / "wallet"), "--call", call)

    assert ran.exit_code == 2
    assert "a number has more than 40 digits" in ran.stderr
