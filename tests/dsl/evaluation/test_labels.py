"""Labels: what must not leave, whose labels count, and where nobody can tell."""

from dataclasses import dataclass
from typing import Any

import pytest

from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Effect
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Truth, Unknown, Unreadable
from tests.dsl.making import NOW, call, decide, policy
from tests.expect import expect_error

OPEN = Unknown(Cause.SESSION_EXPIRED, "session")


@dataclass
class Told(Session):
    """A session that is told which values carry a label."""

    marked: Any = ()
    unsure: Any = ()

    def labelled(self, value: Any, label: str, by: str | None, **_: Any) -> Truth:
        return True if value in self.marked else OPEN if value in self.unsure else False


def says(text: str, state: Any, **args: Any) -> Any:
    """Return true, false, or the cause of an unknown."""
    made = policy(f"rule r: deny * when {text};")
    scope = Scope(call(args=args), NOW, names_of(made), state)
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, scope)
    return found.cause if isinstance(found, Unknown) else found


STATE = Told(marked=("s", 7), unsure=("w",))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("s", True),
        ("a", False),
        ("w", Cause.SESSION_EXPIRED),
        (7, True),
        (["a", "s"], True),
        (["a", "w"], Cause.SESSION_EXPIRED),
        (["w", "s"], True),
        ({"a": [{"b": "s"}]}, True),
        ({"s": "a"}, True),
        ([{"a": {"s": True}}], True),
        ({"a": "b"}, False),
        ([], False),
        (True, Cause.WRONG_TYPE),
        (None, Cause.MISSING),
        (Unreadable("image"), Cause.UNREADABLE),
        (["a", Unreadable("image")], Cause.UNREADABLE),
    ],
)
def test_one_labelled_leaf_labels_the_whole(value: Any, expected: Any) -> None:
    """A value carries a label if any leaf or any name inside it does."""
    assert expected == says("args.v has secret", STATE, v=value)


def test_the_whole_call_is_asked_at_once() -> None:
    """`args` stands for every argument."""
    assert says("args has secret", STATE, a="x", b=["s"]) is True
    assert says("args has secret", STATE, a="x", b=["y"]) is False
    assert says("args.v? has secret", STATE) is False


def seen(*policies: Any) -> Session:
    """Return a session in which a passport was shown."""
    state = Session(policies=policies)
    state.ran(call("get_user"), NOW, {"passport": "C01X00T47", "name": "Ann"}, Outcome.EXECUTED)
    return state


OWN = "policy own version 1; label get_user.passport as secret;"
OTHER = "policy other version 1; label get_user.name as secret;"


@pytest.mark.parametrize(
    ("text", "who", "expected"),
    [
        ("C01X00T47", "own", True),
        ("C01X00T47", "other", True),
        ("Ann", "own", True),
        ("Bob", "own", False),
    ],
)
def test_labels_are_shared_to_deny(text: str, who: str, expected: Any) -> None:
    """What any policy labels counts in the `deny` and `ask` rules of all policies."""
    rule = 'default allow because "x"; rule r: deny send when args.v has secret;'
    state = seen(policy(OWN), policy(OTHER))
    made = (OWN if who == "own" else OTHER) + rule

    assert (Effect.DENY if expected else Effect.ALLOW) is decide(
        made, args={"v": text}, state=state
    ).effect


def test_in_an_allow_only_its_own_labels_count() -> None:
    """Another policy cannot make a permission wider by labelling something."""
    state = seen(policy(OWN), policy(OTHER))
    own = OWN + "rule r: allow send when args.v has secret;"
    session = OWN + "rule r: allow send when session has secret;"

    assert decide(own, args={"v": "C01X00T47"}, state=state).effect is Effect.ALLOW
    assert decide(own, args={"v": "Ann"}, state=state).effect is Effect.DENY
    assert decide(session, state=state).effect is Effect.ALLOW
    assert decide(session, state=seen(policy(OTHER))).effect is Effect.DENY


def test_an_allow_names_only_labels_that_its_policy_declares() -> None:
    """A label that cannot count there is an error when the policy is loaded."""
    expect_error(
        """
        rule r: allow send when args.v has secret;
                                ^^^^^^^^^^^^^^^^^
        """,
        message="this policy declares no label `secret`",
        help="in an `allow` only its own labels count: `label TOOL.field as secret;`",
        code="BAR107",
    )
    assert policy("rule r: deny send when args.v has secret;").rules


def test_without_a_session_nothing_is_free_of_labels() -> None:
    """Where nobody keeps a session, a value may carry any label."""
    text = 'default allow because "x"; rule r: deny send when '

    assert decide(text + "args.v has secret;", args={"v": "a"}).effect is Effect.DENY
    assert decide(text + "session has secret;").effect is Effect.DENY
    assert decide(text + "not session has secret;").effect is Effect.DENY
    assert decide(text + "session has secret;", state=Session()).effect is Effect.ALLOW


def test_a_foreign_label_behind_a_name_is_no_permission_either() -> None:
    """In an allow only the policy's own labels count, also where a let asks for another."""
    expect_error(
        """
        let leaks = args.v has secret;
        rule a: allow send when not leaks;
                                    ^^^^^
        """,
        message="this policy declares no label `secret`",
        help="in an `allow` only its own labels count: `label TOOL.field as secret;`",
        code="BAR107",
    )
    policy("let leaks = args.v has secret; rule a: deny send when leaks;")
