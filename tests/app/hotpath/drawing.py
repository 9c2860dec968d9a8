"""Draws requests for a check: good, wrong and hostile ones."""

import json
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from tests.app.hotpath.twins import Sent

JSON: Final = (b"content-type", b"application/json")
_CARD: Final = "4111 1111 1111 1111"
_TEXT: Final = st.one_of(
    st.sampled_from(
        ["", "s1", "a b", "x" * 129, "c1\n", "\u00e9", "\ud800", "4111 1111 1111 1111"]
    ),
    st.text(max_size=8),
)
_NUMBER: Final = st.one_of(
    st.integers(-5, 300), st.sampled_from([10**40, -(10**39), 0.1, 1e300, True, None])
)
_ANY: Final = st.recursive(
    st.one_of(_TEXT, _NUMBER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_ARGS: Final = st.one_of(
    st.fixed_dictionaries({"amount": st.integers(1, 200)}),
    st.fixed_dictionaries({"note": _TEXT, "what": _TEXT, "amount": _NUMBER}),
    st.dictionaries(_TEXT, _ANY, max_size=4),
    _ANY,
)
_IDS: Final = st.sampled_from(["c1", "c2", "c3", "c4"])
_CLAIM: Final = st.one_of(
    st.fixed_dictionaries({"id": st.sampled_from(["ada", "bob"])}),
    st.fixed_dictionaries({"id": _IDS, "roles": st.lists(_TEXT, max_size=3)}),
    _ANY,
)
_MEMBERS: Final = {
    "server": st.one_of(st.sampled_from(["bank", "a/b", None]), _ANY),
    "session": st.one_of(st.sampled_from(["s1", "s2", "s3", None]), _ANY),
    "subject": _CLAIM,
    "agent": _CLAIM,
    "context": st.one_of(st.just({"urgent": True}), st.none(), _ANY),
    "facts": st.one_of(st.just({"country": "DE"}), st.none(), _ANY),
    "approval": st.one_of(st.just("apr_1"), _ANY),
    "args_text": st.one_of(st.just('{"amount": 5}'), st.none(), _ANY),
    "wait_s": st.sampled_from([0, 1, -1, 51, "1", False, None, 0.0]),
    "dry_run": st.sampled_from([True, False, None, "yes", 1]),
    "supports": st.one_of(
        st.just({"changed_args": True}),
        st.just({"obligations": ["notification"]}),
        _ANY,
    ),
    "unheard": _ANY,
}
_TOOLS: Final = st.sampled_from(["pay", "erase", "note", "wire", "buy", "ship", "drawbar.canary"])
_GOOD: Final = st.fixed_dictionaries(
    {"call_id": _IDS, "tool": _TOOLS, "args": _ARGS.filter(lambda one: isinstance(one, dict))},
    optional={
        "session": st.sampled_from(["s1", "s2"]),
        "dry_run": st.booleans(),
        "supports": st.just({"changed_args": True, "obligations": ["notification"]}),
        "context": st.just({"urgent": True}),
        "facts": st.just({"country": "DE"}),
    },
)
_ODD: Final = st.fixed_dictionaries(
    {"call_id": st.one_of(_IDS, _ANY), "tool": st.one_of(_TOOLS, _ANY), "args": _ARGS},
    optional=_MEMBERS,
)


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """Draw a body: JSON of a good or an odd request, or such a text made worse."""
    body = _written(draw(st.one_of(_GOOD, _GOOD, _ODD, _ANY)))
    worse = draw(st.sampled_from(["", "", "", *_WORSE]))
    return body if not worse else _WORSE[worse](body)


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


_WORSE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "twice": lambda body: b'{"call_id":"c9",' + body[1:],
    "not a number": lambda body: body.replace(b"1", b"NaN", 1),
    "digits": lambda body: body.replace(b"5", b"5" * 41, 1),
    "exponent": lambda body: body.replace(b"1", b"1e65", 1),
    "decimal": lambda body: body.replace(b"1", b"1.50", 1),
    "no utf-8": lambda body: body.replace(b'"', b'"\xff', 1),
    "mark": lambda body: b"\xef\xbb\xbf" + body,
    "cut": lambda body: body[:-1],
    "more": lambda body: body + b" 1",
    "space": lambda body: b" \n" + body + b"\t",
    "deep": lambda body: b'{"call_id":"c1","tool":"pay","args":' + b"[" * 80 + b"]" * 80 + b"}",
    "deep args": lambda body: (
        b'{"call_id":"c1","tool":"pay","args":' + b'{"a":' * 65 + b"1" + b"}" * 65 + b"}"
    ),
    "long": lambda body: b'{"call_id":"c1","tool":"pay","args":{"a":"' + b"x" * 262_145 + b'"}}',
    "many": lambda body: (
        b'{"call_id":"c1","tool":"pay","args":{"a":[' + b",".join([b"0"] * 10_500) + b"]}}"
    ),
    "too large": lambda body: body + b" " * (1 << 20),
    "empty": lambda body: b"",
}
_HEADERS: Final = st.sampled_from(
    [
        *[(JSON,)] * 6,
        (),
        (JSON, JSON),
        ((b"content-type", b"application/json; charset=utf-8"),),
        ((b"content-type", b" Application/JSON ;x"),),
        ((b"content-type", b"text/plain"),),
        ((b"content-type", b"application/json\x85"),),
        (JSON, (b"content-encoding", b"gzip")),
        (JSON, (b"drawbar-deadline-ms", b"30000")),
        (JSON, (b"drawbar-deadline-ms", b"0")),
        (JSON, (b"drawbar-deadline-ms", b"30001")),
        (JSON, (b"drawbar-deadline-ms", b"+5")),
        (JSON, (b"drawbar-deadline-ms", b"1e4")),
        (JSON, (b"drawbar-deadline-ms", b"5000"), (b"drawbar-deadline-ms", b"5000")),
        (JSON, (b"drawbar-decision", b"eyJhbGciOiJub25lIn0.e30.x")),
        (JSON, (b"drawbar-decision", b"a"), (b"drawbar-decision", b"b")),
        (JSON, (b"idempotency-key", b"k1")),
        (JSON, (b"traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01")),
        (JSON, (b"authorization", b"Bearer drw_second")),
    ]
)
KEYS: Final = st.sampled_from([*["all"] * 6, "check", "observe", "once", "gone", "drw_guess", None])


@st.composite
def requests(draw: st.DrawFn) -> tuple[Sent, str | None]:
    """Draw a request, and with which key it is sent."""
    body = draw(_bodies())
    where = draw(st.sampled_from([*["/v1/check"] * 8, "/v1/check/", "/v1/Check"]))
    method = draw(st.sampled_from([*["POST"] * 8, "GET", "PUT", "HEAD", "OPTIONS"]))
    query = draw(st.sampled_from([b"", b"", b"dry_run=1"]))
    return Sent(draw(_parts(body)), draw(_HEADERS), method, where, query), draw(KEYS)


@st.composite
def _parts(draw: st.DrawFn, body: bytes) -> list[bytes | None]:
    """Cut a body, which may break off."""
    how = draw(st.sampled_from(["whole", "whole", "whole", "two", "begun empty", "gone", "half"]))
    middle = len(body) // 2
    cut: dict[str, list[bytes | None]] = {
        "whole": [body],
        "two": [body[:middle], body[middle:]],
        "begun empty": [b"", body],
        "gone": [None],
        "half": [body[:middle], None],
    }
    return cut[how]
