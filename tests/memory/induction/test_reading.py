"""What of a call becomes a feature, and what never does."""

from collections.abc import Mapping, Sequence
from typing import Any

from dsl import syntax
from dsl.model import Cause, Subject, ToolCall
from dsl.state import NOTHING_KNOWN, Argument, Nothing, Origins
from dsl.types import Truth, Unknown
from memory.induction.case import Features, Withheld
from memory.induction.field import fields
from memory.induction.reading import Reader
from tests.memory.induction import world

CONFIGURATION = world.configuration()
READER = Reader.of(
    fields(CONFIGURATION.tools.by_name["send"], CONFIGURATION.names),
    CONFIGURATION.names,
    ["secret", "pii"],
)


class Seen(Nothing):
    """A session in which some values came from somewhere; all others are nowhere."""

    def __init__(
        self, levels: Mapping[Any, Mapping[str, Truth]], labels: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._levels, self._labels = levels, labels

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins:
        return Origins(self._levels.get(value, {}))

    def session_has(self, label: str, by: str | None) -> Truth:
        return label in self._labels


def features(args: dict[str, Any], state: Nothing, **more: Any) -> Features:
    return READER.features(ToolCall("c", "send", args, **more), state, world.START)


def test_tainted_values_are_withheld_with_their_origin() -> None:
    """Untrusted values, identifiers from nowhere, and what is not known give their origin alone."""
    unsure = Unknown(Cause.WEAK_MATCH, "v")
    state = Seen({"a@b.c": {"user": True}, "o1": {"untrusted": True}, "o2": {"untrusted": unsure}})
    given = {"to": "a@b.c", "order_id": "o1", "link": "https://x.y/", "amount": 7, "force": True}

    assert features(given, state).args == {
        "to": "a@b.c",
        "order_id": Withheld(untrusted=True, nowhere=False),
        "link": Withheld(untrusted=False, nowhere=True),
        "amount": 7,  # amounts are worked out by agents: they are nowhere for good reasons
        "force": True,
    }
    assert features({"order_id": "o2"}, state).args == {"order_id": Withheld()}


def test_without_a_session_no_value_is_kept() -> None:
    """Where nothing is known of origins, all but truth values is withheld."""
    kept = features({"to": "a@b.c", "amount": 7, "force": True, "cc": ["x@y.z"]}, NOTHING_KNOWN)

    assert kept.args == {
        "to": Withheld(),
        "amount": Withheld(nowhere=False),
        "force": True,
        "cc": [Withheld()],
    }


def test_what_is_not_declared_or_tells_persons_apart_is_no_feature() -> None:
    """Undeclared arguments, the subject, the session and the time are never features."""
    known = Seen({}, ["secret"])
    about = {"subject": Subject("ana", ("b", "a")), "agent": "mailer", "session": "s1"}
    context = {"desk": 1, "nested": {"a": 1}}
    kept = features(
        {"hidden": 1, "meta": {"region": "eu", "x": 2}}, known, context=context, **about
    )

    assert kept == Features(
        args={"meta": {"region": "eu"}},
        agent="mailer",
        roles=("a", "b"),
        context={"desk": 1},
        labels=frozenset(("secret",)),
    )


def test_other_values_of_what_is_tainted_make_the_same_case() -> None:
    """Law 9: an attacker who chooses a value chooses nothing of what is learned."""
    state = Seen({value: {"untrusted": True} for value in ("a@b.c", "x@y.z", 1, 2)})

    assert features({"to": "a@b.c", "amount": 1}, state) == features(
        {"to": "x@y.z", "amount": 2}, state
    )


def test_what_nobody_can_read_is_withheld() -> None:
    """An object where a text is declared, or an image, has no value that a rule could name."""
    image = {"type": "image", "data": "x", "mimeType": "image/png"}

    assert features({"note": {"a": 1}, "order_id": image}, Seen({})).args.keys() <= {
        "note",
        "order_id",
    }
    assert all(
        isinstance(one, Withheld) for one in features({"note": {"a": 1}}, Seen({})).args.values()
    )
