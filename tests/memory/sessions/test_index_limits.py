"""What the index does at its bounds: it says so, and takes nothing for accepted that is not."""

import tracemalloc
from array import array
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.model import Cause
from dsl.state import Origins, Outcome
from dsl.types import Unknown
from memory.sessions.index import index, keys, labelled, search, table
from memory.sessions.index.session import Session
from memory.sessions.index.table import MOST, Mode, Table
from tests.dsl.making import NOW, call, policy

POLICY = policy("source get as trusted; source read.a as internal; label read.b as secret;")
IBAN, OTHER = "DE89370400440532013000", "GB29NWBK60161331926819"


def session(*said: str) -> Session:
    made = Session()
    made.policies = (POLICY,)
    made.texts.extend(said)
    return made


def levels(of: Session, value: Any, kind: str | None = None) -> Mapping[str, Any]:
    """Return what is not false, and the causes of what is unknown."""
    found = of.origins(POLICY, value, kind)
    assert isinstance(found, Origins)
    return {
        name: truth.cause if isinstance(truth, Unknown) else truth
        for name, truth in found.levels.items()
        if truth is not False
    }


def test_past_the_limit_what_was_found_stays_and_the_rest_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of an unexplained value nobody can say that it is untrusted, or that it is nowhere."""
    made = session("hello")
    made.ran(call("get"), NOW, {"iban": IBAN}, Outcome.EXECUTED)
    assert levels(made, OTHER) == {}
    monkeypatch.setattr(index, "MOST_CHARACTERS", 10)
    made.ran(call("get"), NOW, {"iban": OTHER}, Outcome.EXECUTED)

    over = Cause.SESSION_OVERFLOW
    assert levels(made, IBAN) == {"trusted": True, "untrusted": over}
    assert levels(made, OTHER) == {"untrusted": over}
    made.texts.append(f"pay {OTHER}")
    assert levels(made, OTHER) == {"user": True, "untrusted": over}
    for asked in (
        made.directed(POLICY, "unheard of", None),
        made.labelled("unheard of", "secret", None),
    ):
        assert isinstance(asked, Unknown)
        assert asked.cause is over
    rows = made.records(POLICY, OTHER, "get")
    assert not isinstance(rows, Unknown)
    assert [one.cause for one in rows if isinstance(one, Unknown)] == [over]


def test_past_the_limit_a_value_is_still_directed_and_labelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was known before is not forgotten."""
    made = session("hello")
    made.ran(call("read"), NOW, {"b": "the plant opens in Porto", "id": "f-88"}, Outcome.EXECUTED)
    made.settle()
    monkeypatch.setattr(index, "MOST_CHARACTERS", 10)
    made.ran(call("get"), NOW, "more", Outcome.EXECUTED)

    assert made.directed(POLICY, "f-88", None) is True
    assert made.labelled("The plant opens in Porto!", "secret", None) is True
    assert made.labelled("we met in Porto", "secret", None) is not False


def test_places_beyond_the_limit_are_untrusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a result chooses the names in it; no number of them makes it trusted."""
    monkeypatch.setattr(index, "MOST_PLACES", 40)
    made = session("hello")
    made.ran(call("get"), NOW, {f"n{one}": f"v-{one}" for one in range(100)}, Outcome.EXECUTED)
    made.ran(call("read"), NOW, {"a": "w-1", "x": {"y": "w-2"}}, Outcome.EXECUTED)

    found = [levels(made, f"v-{one}") for one in range(100)]
    assert found[0] == {"trusted": True}
    assert found[99] == {"untrusted": True}
    assert all(one in ({"trusted": True}, {"untrusted": True}) for one in found)
    assert levels(made, "w-1") == levels(made, "w-2") == {"untrusted": True}


def test_more_labelled_values_than_are_kept_make_the_label_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A label is never lost; words in a row are found however many there are."""
    monkeypatch.setattr(labelled, "MOST_NEEDLES", 3)
    made = session("hello")
    made.ran(
        call("read"),
        NOW,
        {"b": ["C01X1", "C01X2", "C01X3", "one two three four"]},
        Outcome.EXECUTED,
    )

    assert made.labelled("C01X2", "secret", None) is True
    assert made.labelled("one two three four", "secret", None) is True
    found = made.labelled("unheard of", "secret", None)
    assert isinstance(found, Unknown)
    assert found.cause is Cause.SESSION_OVERFLOW


def test_a_row_of_words_that_is_sought_too_long_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every pair of the words is everywhere, not all of a session is looked through."""
    monkeypatch.setattr(search, "MOST_VERIFIED", 2)
    made = session("hello")
    text = "the project plan; plan the project; the plan"
    for _ in range(MOST + 3):
        made.ran(call("get"), NOW, text, Outcome.EXECUTED)

    assert levels(made, "plan the project plan") == {"trusted": Cause.TOO_MUCH}
    assert levels(made, "the project plan") == {"trusted": True}
    assert levels(made, "the project team") == {}


def test_a_session_takes_no_more_than_eight_times_its_text() -> None:
    """In memory, with the results themselves, of prose and of rows."""
    words = [f"word{one % 977}" for one in range(12_000)]
    prose = " ".join(one if at % 9 else f"{one}-{at}" for at, one in enumerate(words))
    rows = [{"id": f"r{one}", "mail": f"m{one}@x.com", "sum": one} for one in range(2_000)]
    session("warm up").ran(call("get"), NOW, [prose[:99], rows[:2]], Outcome.EXECUTED)
    tracemalloc.start()
    made = session("hello")
    made.ran(call("get"), NOW, " ".join(prose.split(" ")), Outcome.EXECUTED)
    made.ran(call("read"), NOW, [dict(row) for row in rows], Outcome.EXECUTED)
    made.settle()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert taken < 8 * (len(prose) + len(str(rows)))


SMALL = st.lists(
    st.tuples(
        st.sets(st.integers(-9, 9) | st.integers(-(1 << 63), (1 << 63) - 1), max_size=20),
        st.integers(0, 2),
        st.sampled_from(Mode),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(SMALL)
def test_a_table_finds_what_a_dictionary_does(added: list[tuple[set[int], int, Mode]]) -> None:
    """Of one source and mode the first passages, the last of them with a sign that it is."""
    sources = array("I", (source for _, source, _ in added))
    made = Table(sources)
    known: dict[int, list[tuple[int, int, bool]]] = {}
    for passage, (new, source, mode) in enumerate(added):
        made.add(new, passage, mode)
        for key in new:
            under = known.setdefault(key, [])
            alike = sum(1 for at, how, _ in under if (sources[at], how) == (source, mode))
            if alike < MOST:
                under.append((passage, mode, alike == MOST - 1))

    for key in {*known, 0, 1}:
        assert sorted(made.find(key)) == sorted(known.get(key, []))
    assert made.size == sum(map(len, known.values()))


def test_a_key_is_found_by_all_its_bits() -> None:
    """A key that differs in one bit is another one, whichever bit it is."""
    made = Table(array("I", [0]))
    key = keys.value("iban", IBAN)
    made.add({key}, 0, Mode.WHOLE)

    assert made.find(key) == [(0, Mode.WHOLE, False)]
    for bit in range(63):
        assert made.find(key ^ (1 << bit)) == ()


def test_keys_tell_values_words_and_paths_apart() -> None:
    """No text that is one kind of thing has the key of another."""
    word = hash(keys.marked(["email\nbob@x.com"])[0])

    assert len({word, keys.value("email", "bob@x.com"), keys.exact("email\nbob@x.com")}) == 3
    assert keys.value("email", "x") != keys.value("id", "x")


def test_rows_are_split_as_the_table_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many entries there are, a row stays short."""
    monkeypatch.setattr(table, "_LOAD", 4)
    made = Table(array("I", [0]))
    made.add({hash(f"key {one}") for one in range(5_000)}, 0, Mode.INSIDE)

    assert max(map(len, made._rows)) < 40 * 12
    assert len(made._rows) == 1_251
