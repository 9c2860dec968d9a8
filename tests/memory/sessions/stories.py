"""Sessions drawn at random, told to the reference and to the index alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from dsl import kinds
from dsl.session import forms
from dsl.session.session import Session as Reference
from dsl.state import Argument, Outcome, Place
from dsl.types import Unreadable
from memory.sessions.index.session import Session as Indexed
from tests.dsl.making import NOW, call, policy

POLICIES: Final = tuple(
    policy(f"{text} rule r: allow x;")
    for text in (
        (
            "policy a version 1; source get as trusted; source list.rows[*].to as internal;"
            'source echo as internal whole; let ours = ["x.com", "*.x.com"];'
            "label get.body as secret for ours; label echo as pii;"
            'label list.rows as secret for "bob@x.com" when result.rows[0].note == "general";'
        ),
        (
            "policy b version 1; source get.name as trusted whole; source get.body as internal;"
            'source "hub/get" as trusted; label read, "hub/list".rows[*].to as pii;'
        ),
        (
            "policy c version 1; source list.rows as trusted; source read as internal;"
            "source list.rows[*].note as untrusted;"
        ),
        "policy d version 1; source list.rows[0].to as trusted; source get as internal;",
    )
)
TOOLS: Final = ("get", "list", "echo", "read", "pay")
# Near ones beside each other: what differs by a letter, a sign, a space or its case alone.
VALUES: Final = (
    *("DE89 3704 0044 0532 0130 00", "de89370400440532013000", "DE89370400440532013001"),
    *("Bob@X.com", "bob@x.com", "b\u00f6b@x.com", "bob@x.com.evil.com", "x.com", "www.x.com"),
    *("https://x.com/a/b?q=1", "x.com/a", "http://X.com/A", "https://x.com/a", "localhost"),
    *("2026-01-31", "31 January 2026", "January 31", "01/31/2026", "03/04/2026", "2026-03-04"),
    *("5pm", "17:00", "noon", "1,500", "1500", "1.500,00", "EUR 50", "50", "$1,200.50", "1200.50"),
    *("10 000", "10000", "+49 30 123456", "-5", "5", "5%", "007", "7", "13", "#13", "file 13"),
    *("/srv/A/b", "/srv/A//b", "/srv/a/b", "My File.txt", "my file.txt", "bill.txt"),
    *("Alice Baker", "Alice Baker's", "alice", "Baker", "\u200bAlice", "\uff21lice", "B Alice"),
    *("the project plan", "project plan", "plan", "the", "New Project Plan Draft", "project"),
    *("team lunch on Friday", "lunch on Friday", "lunch on Friday 31 January 2026", "general"),
    *("INV-7", "inv-7", "INV-71", "INV7", "A-B", "A", "B", "a", "x", "caf\u00e9", "CAFE\u0301"),
    *("a\\nb", "a b", "true", "4711", "47 11", "pass C01-X00 T47", "C01X00T47"),
)
NUMBERS: Final = (13, 50, 7, 1500, 4711, 10000, -5, Decimal("12.50"), Decimal("1200.50"))
RIDDLES: Final = (
    "x" + "\u0301" * 40,
    Unreadable("image"),
    "data:image/png;base64,QQ==",
    {"type": "image", "data": "QQ==", "mimeType": "image/png"},
    "Alice Baker, bob@x.com: " + "aB3/" * 200,
)
TO: Final = (Place("x.com"), Place("x.com", "bob@x.com"), Place("a.x.com"), Place("evil.com"))
AT: Final = (None, Argument(None, "get_file", ("file_id",)), Argument("hub", "pay", ("to",)))

_value = st.sampled_from(VALUES)
_text = st.lists(_value, min_size=2, max_size=5).flatmap(
    lambda parts: st.sampled_from((" ", ", ", "\n", " and ", " - ")).map(
        lambda between: between.join(parts)
    )
)
_leaf = st.one_of(_value, _value, _text, st.sampled_from(NUMBERS), st.none())
LEAVES: Final = st.one_of(*[_leaf] * 9, st.sampled_from(RIDDLES))
RESULTS: Final = st.one_of(
    LEAVES,
    st.fixed_dictionaries({"name": LEAVES, "body": LEAVES}),
    st.lists(st.fixed_dictionaries({"to": LEAVES, "note": LEAVES}), max_size=3).map(
        lambda rows: {"rows": rows}
    ),
    st.lists(LEAVES, max_size=3),
    st.dictionaries(_value, LEAVES, max_size=2).map(lambda inner: {"name": inner, **inner}),
)
ARGS: Final = st.one_of(
    st.just({}),
    st.just({}),
    st.dictionaries(
        st.sampled_from(("to", "file_id", "q", "plan")), LEAVES | st.lists(LEAVES), max_size=2
    ),
)
_called = st.tuples(st.just("call"), st.sampled_from(TOOLS), st.sampled_from((None, "hub")), ARGS)
_came = st.tuples(
    st.just("came"), st.integers(0, 9), RESULTS, st.sampled_from((True, False, False))
)
_other = st.one_of(
    st.tuples(st.just("said"), _text | _value),
    st.tuples(st.just("forgot"), st.integers(0, 9)),
    st.tuples(st.just("stray"), RESULTS),
)
STEPS: Final = st.lists(st.one_of(_called, _called, _came, _came, _other), max_size=14)


@dataclass(frozen=True, slots=True)
class Question:
    """A value that is asked about, as some kind and at some argument, by one policy."""

    policy: Any
    value: Any
    kind: str | None
    at: Argument | None


@st.composite
def questions(draw: st.DrawFn) -> Question:
    value = draw(st.one_of(_value, _value, _text, st.sampled_from(NUMBERS)))
    if isinstance(value, str) and draw(st.integers(0, 9)) == 0:
        value = value.swapcase()
    readable = [one for one in kinds.NAMES if forms.form(value, one) is not None]
    kind = draw(st.sampled_from((None, None, None, *readable)))
    return Question(draw(st.sampled_from(POLICIES)), value, kind, draw(st.sampled_from(AT)))


def tell(
    steps: Sequence[tuple[Any, ...]], meanwhile: Callable[[Indexed], object] = bool
) -> tuple[Reference, Indexed]:
    """Tell both the same story; the index is asked something after each step."""
    reference, indexed = Reference(POLICIES), Indexed()
    indexed.policies = POLICIES
    _tell(reference, steps, bool)
    _tell(indexed, steps, meanwhile)
    return reference, indexed


def _tell(
    session: Any, steps: Sequence[tuple[Any, ...]], meanwhile: Callable[[Any], object]
) -> None:
    known: list[int] = []
    waiting: list[int] = []
    for step in steps:
        match step:
            case ("said", text):
                session.texts.append(text)
            case ("stray", result):
                session.stray(result)
            case ("call", tool, server, args):
                known.append(session.let(call(tool, args, server=server), NOW))
                waiting.append(known[-1])
            case ("came", which, result, failed) if waiting:
                outcome = Outcome.FAILED if failed else Outcome.EXECUTED
                session.came(waiting.pop(which % len(waiting)), result, outcome)
            case ("forgot", which) if known:
                number = known.pop(which % len(known))
                waiting = [one for one in waiting if one != number]
                session.forget(number)
        meanwhile(session)
