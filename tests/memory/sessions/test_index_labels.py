"""What saves looking at a value under each label changes no answer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.session import labels
from memory.sessions.index import labelled
from memory.sessions.index.carrying import Carrying
from memory.sessions.index.reader import Reader
from tests.memory.sessions.stories import POLICIES, tell
from tests.memory.sessions.test_index import plain

WORDS = ("a", "bb", "ccc", "ddd", "INV-7", "x@y.com", "12", "n\\n", "l'\u00e9t\u00e9", "Bb's", ",")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
LABELLED = st.lists(TEXTS, min_size=1, max_size=4)


def got(leaves: list[str]) -> list[tuple[Any, ...]]:
    """Return the steps of a call that gives each leaf back under both labels."""
    calls: list[tuple[Any, ...]] = [("call", "get", None, {}), ("call", "list", None, {})]
    return [*calls, ("came", 0, {"body": leaves}, False), ("came", 0, {"rows": leaves}, False)]


@settings(max_examples=300, deadline=None)
@given(leaves=LABELLED, values=st.lists(TEXTS, min_size=1, max_size=3))
def test_a_row_of_words_is_found_by_the_longest_of_them(
    leaves: list[str], values: list[str]
) -> None:
    """Wherever in a value the words of a labelled leaf stand, and beside whatever others."""
    reference, indexed = tell(got(leaves))

    for value in (*values, *(f"{one} {value}" for one in leaves for value in values)):
        for label in ("secret", "pii"):
            asking = (value, label, None)
            assert plain(indexed.labelled(*asking)) == plain(reference.labelled(*asking))


@settings(max_examples=300, deadline=None)
@given(
    texts=LABELLED,
    value=TEXTS,
    few=st.sampled_from((0, 3, 1_000)),
)
def test_rows_of_labelled_texts_are_found_however_many_there_are(
    texts: list[str], value: str, few: int
) -> None:
    """With the words that tell most of them, and without these once there are too many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(labelled, "_FEW", few)
        rows = labelled._Rows()
        for text in texts:
            rows.add(labels.word_rows(text))

        found = rows.shared(Carrying(value, (), Reader()))

    under = frozenset[tuple[str, ...]]().union(*map(labels.word_rows, texts))
    assert found == under & labels.word_rows(value)


def test_a_value_is_made_ready_once_for_all_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many labels are asked about; and not at all while nothing stands under one."""
    made: list[Any] = []

    def noted(value: Any, *rest: Any) -> Carrying:
        made.append(value)
        return Carrying(value, *rest)

    monkeypatch.setattr(labelled, "Carrying", noted)
    _, nothing = tell([])
    _, indexed = tell(got(["INV-7"]))

    for session in (nothing, indexed):
        for label in ("secret", "pii"):
            for by in (None, *(one.name for one in POLICIES)):
                session.labelled("see INV-7", label, by)

    assert made == ["see INV-7"]
