"""What a client carries for us opens for one call of one principal, for a while."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edges.mcp.request_state import LASTS, LONGEST, Bound, Carried, RequestStates

ROOT = b"r" * 32
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = Bound("main", ("k1", "ada", None), "tools/call", "bank__pay", {"amount": 5, "to": "Bob"})

ONE = Carried("apr_1")


class Clock:
    """A clock that a test turns."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def states(clock: Clock | None = None, root: bytes = ROOT) -> RequestStates:
    return RequestStates(lambda: root, clock or Clock())


def test_a_state_opens_for_its_own_call_at_any_gateway_with_the_same_root() -> None:
    """A replica reads what another one sealed; all that was put in comes out."""
    sealed = states().seal(CALL, Carried("apr_1", form=True, upstream="theirs", asked=("a", "b")))
    opened = states().open(sealed, CALL)

    assert opened == Carried("apr_1", form=True, upstream="theirs", asked=("a", "b"))


def test_nothing_of_it_can_be_read_and_no_two_are_alike() -> None:
    """The same state sealed twice has nothing in common, and shows nothing of what is in it."""
    one, other = (states().seal(CALL, Carried("apr_1", upstream="SECRET")) for _ in range(2))
    raw = base64.urlsafe_b64decode(one[2:] + "===")

    assert one[2:20] != other[2:20]
    assert b"SECRET" not in raw
    assert b"apr_1" not in raw


@pytest.mark.parametrize(
    "other",
    [
        {"gateway": "second"},
        {"principal": ("k2", "ada", None)},
        {"principal": ("k1", "bob", None)},
        {"principal": ("k1", "ada", "agent")},
        {"method": "prompts/get"},
        {"name": "bank__erase"},
        {"args": {"amount": 6, "to": "Bob"}},
        {"args": {"amount": 5}},
        {"args": {"amount": "5", "to": "Bob"}},
        {"args": {"amount": 5, "to": "Bob", "more": None}},
    ],
)
def test_a_state_of_another_call_is_no_state(other: dict[str, Any]) -> None:
    """Gateway, principal, method, name and every argument are those it was made for."""
    sealed = states().seal(CALL, ONE)

    assert states().open(sealed, replace(CALL, **other)) is None


def test_the_order_of_arguments_does_not_matter() -> None:
    """The same arguments written in another order are the same call."""
    sealed = states().seal(CALL, ONE)

    assert states().open(sealed, replace(CALL, args={"to": "Bob", "amount": 5})) is not None


def test_it_ends_after_a_quarter_of_an_hour_or_with_its_approval() -> None:
    """Whichever comes first; an approval that lasts for hours lengthens nothing."""
    clock = Clock()
    long = states(clock).seal(CALL, ONE, NOON + timedelta(hours=9))
    short = states(clock).seal(CALL, ONE, NOON + timedelta(minutes=2))

    clock.now = NOON + timedelta(minutes=2)
    assert states(clock).open(short, CALL) is None
    assert states(clock).open(long, CALL) is not None
    clock.now = NOON + LASTS
    assert states(clock).open(long, CALL) is None


def test_the_key_changes_at_midnight_and_a_state_outlives_it() -> None:
    """What was sealed before midnight opens after it, also by a clock that is a little late."""
    before, after = datetime(2026, 3, 2, 23, 59, 50, tzinfo=UTC), timedelta(seconds=20)
    late = states(Clock(before)).seal(CALL, ONE)
    early = states(Clock(before + after)).seal(CALL, ONE)

    assert states(Clock(before + after)).open(late, CALL) is not None
    assert states(Clock(before)).open(early, CALL) is not None


def test_a_key_of_another_day_opens_nothing() -> None:
    """Whoever has the key of one day has that of no other."""
    clock = Clock()
    sealed = base64.urlsafe_b64decode(states(clock).seal(CALL, ONE)[2:] + "===")

    assert states(clock)._opened(sealed) is not None
    clock.now = NOON + timedelta(days=1)
    assert states(clock)._opened(sealed) is None


def test_another_root_opens_nothing() -> None:
    """A state of another installation is none of ours."""
    assert states(root=b"s" * 32).open(states().seal(CALL, ONE), CALL) is None


@pytest.mark.parametrize(
    "text", [None, 7, {}, [], "", "1.", "2.AAAA", "x" * (LONGEST + 1), "1.\x00"]
)
def test_what_is_no_state_is_absent(text: object) -> None:
    """Whatever stands in its place: it does not open, and nothing is raised."""
    assert states().open(text, CALL) is None


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_changed_bit_spoils_it(at: int, bit: int) -> None:
    """No bit of nonce, content or tag can be changed."""
    raw = bytearray(base64.urlsafe_b64decode(states().seal(CALL, ONE)[2:] + "==="))
    raw[at % len(raw)] ^= 1 << bit
    text = "1." + base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")

    assert states().open(text, CALL) is None


@given(text=st.text(max_size=300).map(lambda text: "1." + text))
def test_no_text_of_anybody_else_opens(text: str) -> None:
    """Random texts are absent, and never a fault."""
    assert states().open(text, CALL) is None


def test_it_can_be_written_in_one_way_only() -> None:
    """Padding, line breaks or spare bits at the end make another text, which is refused."""
    sealed = states().seal(CALL, ONE)

    for text in (sealed + "=", sealed + "\n", " " + sealed, sealed[:-1], sealed + "A"):
        assert states().open(text, CALL) is None
