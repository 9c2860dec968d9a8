"""What a value of a call would carry out, in the forms that labelled leaves are looked for by."""

from collections.abc import Iterator, Sequence
from typing import Any

from dsl.session import forms, labels, words
from dsl.session.labels import word_runs
from memory.sessions.index import keys
from memory.sessions.index.columns import Near
from memory.sessions.index.reader import Reader

Row = tuple[str, ...]


class Carrying:
    """A value of a call as labelled leaves are looked for in it; what takes long, on demand.

    `runs` are its words without any signs, `joined` is what they are in a row. `small` is the text
    that its words are cut out of.
    """

    def __init__(self, value: Any, free: Sequence[str], reader: Reader) -> None:
        self.value = value
        self.free = free  # what the user said, where naming a value lifts its label
        self._reader = reader
        seen = words.visible(value) if isinstance(value, str) else ""
        self.is_readable = seen is not None
        self.small = words.both(seen).casefold() if seen else ""
        self.runs = word_runs(value) if seen else []
        self.joined = "".join(self.runs)
        self._forms: dict[str, int | None] = {}
        self._keys: set[int] | None = None
        self._words: list[str] | None = None
        self._rows: dict[int, Row] | None = None

    def form(self, kind: str) -> int | None:
        """Return the key of the entire value as some kind."""
        if kind not in self._forms:
            form = forms.form(self.value, kind)
            self._forms[kind] = None if form is None else keys.value(kind, form)
        return self._forms[kind]

    def keys(self) -> set[int]:
        """Return the keys of the values in a text."""
        if self._keys is None:
            near = self._near(whole=True)
            told = near.told() if near is not None else ()
            self._keys = {keys.value(*one) for some in told for one in some}
        return self._keys

    def words(self) -> list[str]:
        """Return the words of a text as keys are made of them."""
        if self._words is None:
            near = self._near(whole=False)
            self._words = keys.marked(near.folded()) if near is not None else []
        return self._words

    def rows(self) -> dict[int, Row]:
        """Return the rows of words that carry the label of their text, by their hash."""
        if self._rows is None:
            self._rows = {hash(row): row for row in rows_of(self.runs)}
        return self._rows

    def _near(self, *, whole: bool) -> Near | None:
        return self._reader.near(self.value, whole=whole) if isinstance(self.value, str) else None


def rows_of(runs: Sequence[str]) -> Iterator[Row]:
    """Return words in rows of so many as carry the label of their text."""
    return zip(*(runs[at:] for at in range(labels.ROW)), strict=False)
