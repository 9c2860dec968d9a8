"""What an approval is bound to: any other call, and any other rule, has another digest."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import strictjson
from dsl.model import Asking, Subject, ToolCall
from memory.approvals.binding import Binder

BINDER: Final = Binder(b"k" * 32)
CALL: Final = ToolCall(
    "c1", "pay", {"to": "Ada", "amount": 5}, "bank", Subject("u", ("r",)), "a", "s", {"x": 1}
)
ASKING: Final = (Asking("p", "r", "rule r: ask pay;"), Asking("p", None, "default ask;"))


def digest(
    call: ToolCall = CALL,
    changed: Mapping[str, Any] | None = None,
    tenant: str = "t",
    edge: str = "http",
    asking: tuple[Asking, ...] = ASKING,
) -> str:
    return BINDER.digest(tenant, call, changed, edge, asking)


@pytest.mark.parametrize(
    "other",
    [
        digest(replace(CALL, tool="pay2")),
        digest(replace(CALL, server=None)),
        digest(replace(CALL, server="bank2")),
        digest(replace(CALL, subject=Subject("v", ("r",)))),
        digest(replace(CALL, subject=Subject(None, ("r",)))),
        digest(replace(CALL, subject=Subject("u", ("r", "q")))),
        digest(replace(CALL, agent=None)),
        digest(replace(CALL, agent="b")),
        digest(replace(CALL, session=None)),
        digest(replace(CALL, session="t")),
        digest(replace(CALL, context={})),
        digest(replace(CALL, context={"x": 2})),
        digest(replace(CALL, args={"to": "Ada", "amount": "5"})),
        digest(replace(CALL, args={"to": "Ada"})),
        digest(replace(CALL, args={"to": "ada", "amount": 5})),
        digest(changed={"to": "Ada", "amount": 5}),
        digest(changed={}),
        digest(tenant="u"),
        digest(edge="mcp"),
        digest(asking=ASKING[:1]),
        digest(asking=(*ASKING, Asking("q", "r", "rule r: ask pay;"))),
        digest(asking=(ASKING[0], Asking("p", "default", "default ask;"))),
        digest(asking=(ASKING[0], Asking("p", None, 'default ask because "x";'))),
        Binder(b"l" * 32).digest("t", CALL, None, "http", ASKING),
    ],
)
def test_whatever_is_other_has_another_digest(other: str) -> None:
    """Each part counts, absent is not empty, and another key makes another digest."""
    assert other != digest()


def test_what_is_the_same_has_the_same_digest() -> None:
    """The name of the call, the order of members, rules and roles, and how numbers are written."""
    again = replace(CALL, call_id="c2", args={"amount": Decimal("5.0"), "to": "Ada"})

    assert digest(again, asking=ASKING[::-1]) == digest()
    two = replace(CALL, subject=Subject("u", ("r", "q")))
    assert digest(two) == digest(replace(CALL, subject=Subject("u", ("q", "r"))))


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
ARGS: Final = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@given(one=ARGS, other=ARGS, changed=st.none() | ARGS, changed_too=st.none() | ARGS)
def test_two_digests_are_equal_where_the_calls_are(
    one: dict[str, Any],
    other: dict[str, Any],
    changed: dict[str, Any] | None,
    changed_too: dict[str, Any] | None,
) -> None:
    """Nothing in the arguments can stand for something else: equal digests, equal forms."""
    first = digest(replace(CALL, args=one), changed)
    second = digest(replace(CALL, args=other), changed_too)
    forms = [
        [strictjson.canonical(part) for part in two]
        for two in ((one, changed), (other, changed_too))
    ]

    assert (first == second) == (forms[0] == forms[1])
