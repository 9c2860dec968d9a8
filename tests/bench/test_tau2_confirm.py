"""Which writes of a conversation came after the user's yes."""

from typing import Any

from bench.tau2.confirm import Write, read, rows, writes, written
from bench.tau2.stock import CANCEL
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.parse import parse

OVERLAY = f"""
overlay asking version 1;
rule confirmed: ask {CANCEL} when not user_said(/(?is).*\\byes\\b.*/);
rule once: deny {CANCEL} when called({CANCEL});
"""


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def called(tool: str) -> list[dict[str, Any]]:
    call = {"name": tool, "arguments": {"reservation_id": "RES1"}}
    return [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "name": tool, "content": "{}"},
    ]


def found(*messages: dict[str, Any]) -> list[Write]:
    talk = {"task": 1, "trial": 2, "messages": list(messages)}
    return writes([talk], Bound(parse(Source("overlay", OVERLAY))))


def test_the_last_message_before_a_write_decides() -> None:
    """A yes before the last message is none for the write, though the overlay may take it."""
    first, second = found(
        said("Yes, please"), *called("get_user_details"), *called(CANCEL), said("And this"),
        *called(CANCEL),
    )  # fmt: skip

    assert (first.yes, first.like_yes, first.overlay) == (True, True, "allow")
    assert (second.yes, second.like_yes, second.overlay) == (False, False, "deny")
    assert [first.id, second.id] == ["recorded/1/2:0", "recorded/1/2:1"]


def test_a_word_much_like_yes_is_counted_apart() -> None:
    """A yes is the word; to go ahead is much like one; yesterday is neither."""
    texts = ("YES!", "Please go ahead", "Oui", "I came yesterday", "no")
    (all_,) = zip(*(found(said(text), *called(CANCEL)) for text in texts), strict=True)

    assert [one.yes for one in all_] == [True, False, False, False, False]
    assert [one.like_yes for one in all_] == [True, True, True, False, False]
    assert [one.overlay for one in all_] == ["allow", "ask", "ask", "ask", "ask"]


def test_what_is_reported_of_writes() -> None:
    """Each count is of all writes, and none of them is scored."""
    some = [
        Write("a", yes=True, like_yes=True, overlay="allow"),
        Write("b", yes=False, like_yes=True, overlay="ask"),
        Write("c", yes=False, like_yes=False, overlay="allow"),
    ]

    assert [(row.n, row.hits, row.held) for row in rows(some)] == [
        (3, 1, None),
        (3, 2, None),
        (3, 1, None),
        (1, 1, None),
    ]
    assert read(written(some)) == some
