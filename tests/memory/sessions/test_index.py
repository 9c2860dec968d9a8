"""The index answers as the reference does, however a session went."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import kinds
from dsl.session import forms, reading
from dsl.state import Origins, Place
from dsl.types import Truth, Unknown
from memory.sessions.index import columns, gather, passages, table, whole
from memory.sessions.index.session import Session as Indexed
from tests.memory.sessions.stories import (
    LEAVES,
    NUMBERS,
    POLICIES,
    STEPS,
    TO,
    VALUES,
    Question,
    questions,
    tell,
)


def plain(truth: Truth) -> bool | None:
    return None if isinstance(truth, Unknown) else truth


def known(origins: Origins | Unknown) -> Any:
    """Return all that is not false, whatever is the cause of an unknown."""
    if isinstance(origins, Unknown):
        return None

    def told(found: Mapping[str, Truth]) -> dict[str, bool | None]:
        return {name: plain(truth) for name, truth in found.items() if truth is not False}

    return told(origins.levels), told(origins.tools)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, asked=st.lists(questions(), min_size=1, max_size=8))
def test_origins_are_those_of_the_reference(steps: Any, asked: list[Question]) -> None:
    """By every policy, kind and argument; also which tools gave a value, and what is unknown."""
    reference, indexed = tell(steps)

    for one in asked:
        question = (one.policy, one.value, one.kind, one.at)
        assert known(indexed.origins(*question)) == known(reference.origins(*question))


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, asked=st.lists(questions(), min_size=1, max_size=8))
def test_rows_and_directed_calls_are_those_of_the_reference(
    steps: Any, asked: list[Question]
) -> None:
    """The same rows in the same order, and the same calls with accepted arguments alone."""
    reference, indexed = tell(steps)

    for one in asked:
        question = (one.policy, one.value, one.kind)
        assert plain(indexed.directed(*question)) == plain(reference.directed(*question))
        for tool in ("list", "hub/get", "*"):
            asking = (one.policy, one.value, tool, one.kind)
            rows, found = reference.records(*asking), indexed.records(*asking)
            assert type(rows) is type(found)
            if not isinstance(rows, Unknown) and not isinstance(found, Unknown):
                assert list(map(plain, found)) == list(map(plain, rows))


@settings(max_examples=60, deadline=None)
@given(
    steps=STEPS,
    values=st.lists(LEAVES.filter(lambda one: isinstance(one, str)), min_size=1, max_size=6),
    lifted=st.booleans(),
    to=st.lists(st.sampled_from(TO), max_size=2),
)
def test_labels_are_those_of_the_reference(
    steps: Any,
    values: list[Any],
    lifted: bool,  # noqa: FBT001 - drawn
    to: list[Place],
) -> None:
    """Of a value, in a sentence too, wherever it goes; of the session; and what it saw."""
    reference, indexed = tell(steps)

    for label in ("secret", "pii"):
        for by in (None, "a", "b"):
            for value in (*values, *NUMBERS[:2]):
                for one in (value, f"so {value}, then"):
                    found = indexed.labelled(one, label, by, lifted=lifted, to=to)
                    wanted = reference.labelled(one, label, by, lifted=lifted, to=to)
                    assert plain(found) == plain(wanted)
            assert plain(indexed.session_has(label, by)) == plain(reference.session_has(label, by))
    for policy in POLICIES:
        for level in ("trusted", "internal", "untrusted"):
            assert indexed.saw(policy, level) == reference.saw(policy, level)
    assert plain(indexed.delegated()) == plain(reference.delegated())


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, asked=st.lists(questions(), min_size=1, max_size=4))
def test_what_was_asked_before_changes_no_answer(steps: Any, asked: list[Question]) -> None:
    """A session that is asked after each step answers as one that is not."""

    def ask(session: Indexed) -> None:
        for one in asked:
            session.origins(one.policy, one.value, one.kind, one.at)
            session.labelled(one.value, "secret", None)
            session.records(one.policy, one.value, "*")

    reference, indexed = tell(steps, ask)

    for one in asked:
        question = (one.policy, one.value, one.kind, one.at)
        assert known(indexed.origins(*question)) == known(reference.origins(*question))
        asking = (one.value, "secret", None)
        assert plain(indexed.labelled(*asking)) == plain(reference.labelled(*asking))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all passages short, and lists of passages too."""
    monkeypatch.setattr(gather, "BLOCK", 20)
    monkeypatch.setattr(gather, "_WORDS_OF_A_BLOCK", 2)
    monkeypatch.setattr(passages, "BLOCK", 30)
    monkeypatch.setattr(table, "MOST", 2)
    monkeypatch.setattr(table, "_LOAD", 3)


@pytest.mark.usefixtures("small")
def test_however_texts_are_cut_the_answers_are_the_same() -> None:
    """Rows of words across two passages are found, and so are values whose list is cut short."""

    @settings(max_examples=120, deadline=None)
    @given(steps=STEPS, asked=st.lists(questions(), min_size=1, max_size=8))
    def hold(steps: Any, asked: list[Question]) -> None:
        reference, indexed = tell(steps)
        for one in asked:
            question = (one.policy, one.value, one.kind, one.at)
            assert known(indexed.origins(*question)) == known(reference.origins(*question))

    hold()


WHOLE = [*VALUES, *map(str.upper, VALUES), *map(str.lower, VALUES), *NUMBERS]
KEYS = [set(whole.of_leaf(leaf)) for leaf in WHOLE]


@pytest.mark.parametrize("kind", kinds.NAMES)
def test_an_entire_leaf_has_a_key_of_a_form_if_it_has_the_form(kind: str) -> None:
    """One key for many kinds makes no leaf equal to a form that it does not have."""
    read = [forms.form(leaf, kind) for leaf in WHOLE]

    for form in {one for one in read if one is not None}:
        wanted = set(whole.of_form(kind, form))
        for leaf, other, known in zip(WHOLE, read, KEYS, strict=True):
            assert bool(wanted & known) is (form == other), (leaf, form)


@settings(max_examples=300)
@given(
    leaf=st.text("aAbB019.:/@-+ '`?#%eE,[]x\u00e9\u212a", max_size=12) | st.text(max_size=6),
    change=st.sampled_from((str.upper, str.lower, str.swapcase, str.strip, str.title, str)),
)
def test_any_text_has_a_key_of_a_form_if_it_has_the_form(leaf: str, change: Any) -> None:
    """The same for texts of signs that kinds read in different ways."""
    for kind in kinds.NAMES:
        form = forms.form(change(leaf), kind)
        if form is not None:
            same = forms.form(leaf, kind) == form
            assert bool(set(whole.of_form(kind, form)) & set(whole.of_leaf(leaf))) is same


SCRAPS = st.sampled_from(
    (
        *VALUES,
        *(
            "a=b",
            '{"a": 1500}',
            "x=5;7",
            "(8)",
            "v1.2",
            "8:30-9:30",
            "l'été",
            "'s",
            "ALICE'S",
            "\\n",
        ),
        *("x.com.They", "ftp://a.b/c,https://d.e", "(https://x.com/a).", "12/04/2026", "-5 EUR"),
        *("Wednesday., the 3rd of", "September.,  2026", "DE89", "dollars 5", "5\tEUR", "MIDNIGHT"),
        *("+49 (0) 30 / 123 456 - 78 . ", "lorem ipsum dolor sit amet " * 3, "a.b" * 30, "x" * 99),
        *("a\x00b", "\x01", "\ud800", "x" + "\u0301" * 40, "\u201cquoted\u201d", "the 3rd of May"),
    )
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(SCRAPS, max_size=9).flatmap(
            lambda parts: st.sampled_from(("", " ", "\n", ", ", "\t", "\u00a0")).map(
                lambda one: one.join(parts)
            )
        ),
        min_size=1,
        max_size=4,
    )
)
def test_many_texts_are_read_as_each_of_them(texts: list[str]) -> None:
    """Joined texts hold the same values and words, each in the same value, and nothing more."""
    each = [reading.read(text) for text in texts]
    readable = [one for one in each if one is not None]

    found, riddle = columns.read(texts)

    assert riddle is (len(readable) < len(each))
    assert found.strong == set().union(*(one.strong for one in readable))
    assert found.weak == set().union(*(one.weak for one in readable))
    first = 0
    for one in readable:
        last = first + len(one.words)
        assert found.folded[first:last] == [word.folded for word in one.words]
        assert found.exact[first:last] == [word.exact for word in one.words]
        assert [value for value in found.values if first <= value[0] < last] == list(
            values(one, first)
        )
        first = last + 1
    assert found.breaks == [at for at, word in enumerate(found.folded) if word == columns.BREAK]


def values(one: reading.Reading, first: int) -> Iterator[tuple[int, int, bool]]:
    """Yield which words of a text are in one value, and whether they are looked for by these."""
    at = 0
    for span, words in itertools.groupby(one.inside):
        length = len(list(words))
        if span is not None:
            yield first + at, first + at + length, one.counts(at, length)
        at += length
