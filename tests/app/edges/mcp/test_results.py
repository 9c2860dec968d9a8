"""What rules see of a result, and what is shown after they changed it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.edges.mcp import results
from app.edges.mcp.links.link import Garbled
from tests.app.edges.mcp.scripted import text

IMAGE: Mapping[str, Any] = {"type": "image", "data": "aGk=", "mimeType": "image/png"}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (text("hello"), "hello"),
        (text('{"a": 0.10}'), {"a": Decimal("0.10")}),
        (text("[1, 2]"), [1, 2]),
        (text("5"), "5"),
        (text('{"a": 1, "a": 2}'), '{"a": 1, "a": 2}'),
        (text('{"a": NaN}'), '{"a": NaN}'),
        ({"content": []}, []),
        ({"content": [], "structuredContent": {"a": 1}}, {"a": 1}),
        (text('{"a": 1}', structuredContent={"a": 1}), {"a": 1}),
        (text("hi", structuredContent={"result": "hi"}), "hi"),
        (text("[1]", structuredContent={"result": [1]}), [1]),
        (text('{"result": [1]}', structuredContent={"result": [1]}), [1]),
        (
            text("all is well", structuredContent={"a": 1}),
            {"structuredContent": {"a": 1}, "content": [{"type": "text", "text": "all is well"}]},
        ),
        (
            {"content": [IMAGE], "structuredContent": {"a": 1}},
            {"structuredContent": {"a": 1}, "content": [IMAGE]},
        ),
        ({"content": [IMAGE]}, [IMAGE]),
        (
            {"content": [{"type": "resource", "resource": {"uri": "x:y", "text": "t", "z": 1}}]},
            [{"type": "resource", "resource": {"uri": "x:y", "text": "t"}}],
        ),
    ],
)
def test_rules_see_the_value(raw: Mapping[str, Any], value: Any) -> None:
    """Text and structure that say the same are one value; where they differ rules see both."""
    assert results.read(raw).value == value


def test_what_no_rule_could_see_is_not_shown() -> None:
    """Members beside the known ones of a block or a result go no further."""
    block = {"type": "text", "text": "hi", "_meta": {"x": "secret"}, "annotations": {"y": 1}}

    found = results.read({"content": [block], "_meta": {"z": 1}, "more": 2}).as_it_came()

    assert found == {"content": [{"type": "text", "text": "hi"}], "isError": False}


@pytest.mark.parametrize(
    ("raw", "left", "shown"),
    [
        (text("a secret"), "a [gone]", {"content": [{"type": "text", "text": "a [gone]"}]}),
        (text('{"a": "s"}'), {"a": "-"}, {"content": [{"type": "text", "text": '{"a":"-"}'}]}),
        (
            text('{"a": "s"}', structuredContent={"a": "s"}),
            {"a": "-"},
            {
                "content": [{"type": "text", "text": '{"a":"-"}'}],
                "structuredContent": {"a": "-"},
            },
        ),
        (
            text("s", structuredContent={"result": "s"}),
            "-",
            {"content": [{"type": "text", "text": "-"}], "structuredContent": {"result": "-"}},
        ),
        (
            text("s", structuredContent={"a": "s"}),
            {"structuredContent": {"a": "-"}, "content": [{"type": "text", "text": "-"}]},
            {"content": [{"type": "text", "text": "-"}], "structuredContent": {"a": "-"}},
        ),
        (text("a secret"), 5, {"content": [{"type": "text", "text": "5"}]}),
    ],
)
def test_what_rules_leave_is_shown_in_each_form(
    raw: Mapping[str, Any], left: Any, shown: Mapping[str, Any]
) -> None:
    """A change of the value changes text and structure: neither keeps what was taken out."""
    assert results.read(raw).changed(left) == {**shown, "isError": False}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"content": "hi"},
        {"content": ["hi"]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "text", "text": 5}]},
        {"content": [{"type": ["text"], "text": "x"}]},
        {"content": [{"type": "resource", "resource": {"text": "x"}}]},
        {"content": [], "structuredContent": [1]},
        {"content": [], "isError": "no"},
    ],
)
def test_what_is_no_result_is_refused(raw: Mapping[str, Any]) -> None:
    """A result of another form is none, so that nothing in it passes unseen."""
    with pytest.raises(Garbled):
        results.read(raw)
