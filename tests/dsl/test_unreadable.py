"""What nobody can read is told by its form, and goes through as it came."""

import base64
import json
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import unreadable
from dsl.engine import prices
from dsl.interpret import Bound, evaluate, evaluate_output
from dsl.model import Effect
from dsl.types import Unreadable
from tests.dsl.making import NOW, call, policy

BYTES = random.Random(7).randbytes(3_000)  # noqa: S311 - no secret
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + BYTES).decode()

OPEN = 'default allow because "a rule decides";'


def riddles(value: Any) -> list[str]:
    """Return what could not be read, in its order."""
    read = unreadable.seen(value)
    if isinstance(read, Unreadable):
        return [read.what]
    inner = read.values() if isinstance(read, dict) else read if isinstance(read, list) else ()
    return [one for each in inner for one in riddles(each)]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"type": "image", "data": "QQ==", "mimeType": "image/png"}, "image/png"),
        ({"type": "audio", "data": "QQ==", "mimeType": "audio/wav"}, "audio/wav"),
        ({"type": "image", "data": "hidden words"}, "image"),
        ({"type": "image", "data": "x", "mimeType": "text/plain"}, "image"),
        ({"type": "resource", "resource": {"uri": "file:///a", "blob": "QQ=="}}, "bytes"),
        ({"uri": "a", "mimeType": "text/plain", "blob": "QQ=="}, "text/plain"),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "Q"},
            },
            "image/png",
        ),
        ({"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}}, "audio"),
        ({"image_url": {"url": "data:image/png;base64,QQ=="}}, "data"),
        (" DATA:text/plain;charset=utf-8,hello", "data"),
        ("data:,hello", "data"),
        (" " * 100 + "data:,hello", "data"),
        ({"data": "QQ==", "mimeType": "application/pdf"}, "application/pdf"),
        ({"type": "image", "data": "{}", "mimeType": "application/json"}, "image"),
        (PNG, "base64"),
        (base64.urlsafe_b64encode(BYTES).decode(), "base64"),
        (base64.encodebytes(BYTES).decode(), "base64"),
        (BYTES.hex(), "base64"),
        (BYTES.decode("utf-8", "replace"), "bytes"),
        ("a\ufffd\ufffdb", "bytes"),
        ("GIF89a\x00\x01\x00\x00", "bytes"),
    ],
)
def test_what_nobody_can_read_is_marked(value: Any, what: str) -> None:
    """Blocks, data URLs, base64 and bytes, in a list or an object too; and none of it is lost."""
    assert riddles({"content": [{"type": "text", "text": "hello"}, value]}) == [what]
    assert unreadable.sent(unreadable.seen(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "plain words",
        "data: 5 rows, 3 columns",
        "metadata:image/png,x",
        "x" * 5_000,
        "ACGT" * 500,
        "1234567890" * 100,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "3f" * 64,  # SHA-512
        "caf\ufffd, and a long text in which one sign was lost",
        "\x1b[32mok\x1b[0m",
        "lorem ipsum 42 dolor " * 100,
        "/srv/data/2026/01/31/" * 40 + "a.txt",
        "https://example.com/?q=" + "a+b%20" * 200,
        {"type": "text", "text": "image"},
        {"data": "hello", "mimeType": "text/plain"},
        {"data": '{"a": 1}', "media_type": "application/json; charset=utf-8"},
        {"data": "<a/>", "mimeType": "application/atom+xml"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "invoice", "data": "hello"},
        {"format": "csv", "data": "a,b"},
        {"blob": "hello"},
        {"type": ["image"], "data": {"a": "b"}},
        {"type": "image", "data": ""},
        [1, 2.5, True, None],
    ],
)
def test_what_can_be_read_stays_the_same(value: Any) -> None:
    """Nothing is copied, so an ordinary call costs one look."""
    assert unreadable.seen(value) is value
    assert unreadable.sent(value) is value


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from((PNG, "data:,x")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(("type", "data", "blob", "uri", "mimeType", "format")) | st.text(),
            inner | st.sampled_from(("image", "audio", "wav", "image/png")),
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_what_was_marked_goes_through_as_it_came(value: Any) -> None:
    """Whatever came: marked and taken back it is the same."""
    assert json.dumps(unreadable.sent(unreadable.seen(value))) == json.dumps(value)


_ARGS = st.dictionaries(
    st.sampled_from(("a", "b", "data", "blob", "type", "mimeType", "uri")),
    st.text()
    | st.integers()
    | st.sampled_from((PNG, "data:,x", "\x00\x00\x00", "\ufffd" * 4, "image/png", "a" * 600))
    | st.lists(st.integers(), max_size=3),
    max_size=4,
)


@given(_ARGS)
def test_nothing_in_plain_arguments_is_marked(args: dict[str, Any]) -> None:
    """What is told at a glance is what looking through it tells."""
    if unreadable.is_plain(args):
        assert unreadable.seen(args) is args
        assert prices.is_short(call(args=args))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"to": "ana@corp.com", "amount": 12, "urgent": True, "note": None}, True),
        ({}, True),
        ({"text": "data:,x"}, False),
        ({"text": "\x00"}, False),
        ({"text": "\ufffd"}, False),
        ({"text": "a" * 512}, False),
        ({"data": "QQ=="}, False),
        ({"blob": "QQ=="}, False),
        ({"items": ["a"]}, False),
        ({str(number): number for number in range(51)}, False),
    ],
)
def test_only_plain_arguments_are_told_at_a_glance(args: dict[str, Any], *, expected: bool) -> None:
    """Whatever may be more than that is looked through."""
    assert unreadable.is_plain(args) is expected


def test_a_part_of_a_text_is_taken_out() -> None:
    """The words around base64 are read, with line ends in it or without."""
    for inside in (
        PNG,
        base64.encodebytes(BYTES).decode(),
        json.dumps(base64.encodebytes(BYTES).decode())[1:-1],
    ):
        text = f'before {{"image": "{inside}"}} behind'
        assert unreadable.seen(text) is text
        assert unreadable.holds_some(text)
        assert unreadable.without(text).split()[:: len(unreadable.without(text).split()) - 1] == [
            "before",
            "behind",
        ]
        assert not unreadable.holds_some(unreadable.without(text))


def test_rules_see_nothing_certain_in_it() -> None:
    """Tests of an image are unknown: a deny applies, an allow does not; what is there is there."""
    for condition in (
        'args.file contains "x"',
        'detects(args.file, "injection")',
        'args.file == "x"',
        "len(args.file) > 5",
        "present(args.file)",
        "args.content[0].data matches /.*/",
    ):
        image = {"type": "image", "data": "QQ==", "mimeType": "image/png"}
        args = {"file": "data:image/png;base64,QQ==", "content": [image]}
        refusing = _bound(f"{OPEN} rule r: deny send when {condition};")
        denied = evaluate(refusing, call(args=args), NOW)
        allowed = evaluate(_bound(f"rule r: allow send when {condition};"), call(args=args), NOW)
        assert (denied.effect, allowed.effect) == (Effect.DENY, Effect.DENY)
        assert denied.reasons[0].cause == "unreadable"
        assert allowed.code == "no_rule"
    named = _bound('rule r: allow send when args.content[0].mimeType == "image/png";')
    assert evaluate(named, call(args=args), NOW).effect is Effect.ALLOW


@pytest.mark.parametrize("found", [True, False])
def test_a_detector_tells_what_it_finds_around_it(*, found: bool) -> None:
    """Something found is found; nothing found beside an image is unknown, so a deny applies."""
    text = f"{'4111 1111 1111 1111' if found else 'nothing'} {PNG}"
    verdict = evaluate(
        _bound(f'{OPEN} rule r: deny send when detects(args.v, "card");'),
        call(args={"v": text}),
        NOW,
    )

    assert (verdict.effect, verdict.reasons[0].by) == (Effect.DENY, "true" if found else "unknown")


def test_what_is_released_is_what_came() -> None:
    """A change beside an image leaves the image as it is, in a call and in a result."""
    image = {"type": "image", "data": "QQ==", "mimeType": "image/png"}
    bound = _bound(
        "rule a: allow send with set(args.n, 1);rule b on result: allow send with set(result.n, 1);"
    )

    sent = evaluate(bound, call(args={"n": 2, "image": image}), NOW)
    shown = evaluate_output(bound, call(), {"result": {"n": 2, "image": image}}, NOW)

    assert sent.changed == shown.changed == {"n": 1, "image": image}


def test_redaction_takes_it_out() -> None:
    """Nobody can clean an image, so it goes; the block stays one that a host can show."""
    image = {"type": "image", "data": "QQ==", "mimeType": "image/png"}
    words = {"type": "text", "text": "hello"}
    bound = _bound('rule a: allow send; rule b on result: allow send with redact(result, "card");')

    shown = evaluate_output(bound, call(), {"result": {"content": [words, image]}}, NOW)

    assert shown.changed == {"content": [words, {"type": "text", "text": "[redacted]"}]}


@pytest.mark.parametrize(
    "text",
    [
        ("a1" * 19 + " ") * 30_000,
        ("a1" * 20 + " ") * 30_000,
        ("a1" * 20 + "\n") * 30_000,
        "a1" * 600_000,
        "data:" * 200_000,
        "data:" + "a;" * 500_000,
        "\ufffdabc\x00abc" * 100_000,
        "-" * 1_200_000,
    ],
)
def test_it_takes_no_long_time(text: str) -> None:
    """A text made to be slow takes as long as any other of its length."""
    began = time.thread_time()
    unreadable.seen(text)
    unreadable.without(text)

    assert time.thread_time() - began < 2


def _bound(text: str) -> list[Bound]:
    return [Bound(policy(text))]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("A1", "a", "1", " ", "\n", "\\n", "==", "a word ")),
            st.sampled_from((1, 1, 3, 20, 100, 256, 300, 512, 600)),
        ),
        max_size=6,
    ).map(lambda parts: "".join(one * times for one, times in parts))
)
def test_where_spaces_stand_close_nothing_is_looked_for(text: str) -> None:
    """A long row has no space in it, so what has one in each part of it holds none."""
    may = unreadable._may_hold_some(text)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(unreadable, "_may_hold_some", lambda _: True)
        assert may or not unreadable.holds_some(text)
        assert may or unreadable.without(text) == text
