"""The format that a tool's schema gives an argument is its kind, for questions on origin."""

import json
from typing import Any

import pytest

from dsl.errors import Source
from dsl.evaluation.formats import formats
from dsl.interpret import Bound, evaluate
from dsl.model import By, Cause
from dsl.session.session import Session
from dsl.syntax import EACH
from dsl.toolspec import Tools, read
from tests.dsl.making import NOW, call, policy


def tools(**arguments: Any) -> Tools:
    schema = {"type": "object", "properties": arguments}
    return read(Source("t.json", json.dumps([{"name": "send", "inputSchema": schema}])))


def test_formats_stand_at_their_places() -> None:
    """Nested objects and lists are looked into; other formats tell no kind."""
    found = formats(
        tools(
            to={"type": "array", "items": {"type": "string", "format": "email"}},
            at={"type": "object", "properties": {"day": {"type": "string", "format": "date-time"}}},
            uuid={"type": "string", "format": "uuid"},
        )
    )

    assert {(field.tool, field.steps, kind) for field, kind in found} == {
        ("send", ("to", EACH), "email"),
        ("send", ("at", "day"), "date"),
    }
    assert formats(None) == ()


@pytest.mark.parametrize(
    ("value", "declared", "expected"),
    [
        ("BOB@x.com", "", By.TRUE),
        ("eve@x.com", "", None),
        ("bob", "", Cause.UNREADABLE),
        ("bob", "kind send.to is name;", By.TRUE),
    ],
)
def test_a_format_is_a_kind_where_none_is_declared(
    value: str, declared: str, expected: Any
) -> None:
    """What is no value of its format is unknown, as for a kind of the policy."""
    text = f'default allow because "x"; {declared} rule r: deny send when args.to from user;'
    bound = Bound(policy(text), tools(to={"type": "string", "format": "email"}))
    verdict = evaluate(
        [bound], call(args={"to": value}), NOW, Session(texts=["Mail bob@x.com, bob"])
    )

    reason = verdict.reasons[0]
    assert expected == (reason.cause or reason.by)
