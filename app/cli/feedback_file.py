"""Reads a file of reports; what is wrong with it is told line by line, with what to do."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final

from dsl import strictjson

NEEDED: Final = ("decision_id", "label")
COLUMNS: Final = (*NEEDED, "comment")
LABELS: Final = ("violation", "ok")
MOST_ROWS: Final = 100_000
LONGEST_COMMENT: Final = 1000
_DECISION: Final = re.compile(r"d_[0-9A-Z]{26}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BETWEEN: Final = re.compile(r"[\s,]*")
_DELIMITERS: Final = ",;\t"


class Form(StrEnum):
    """How a file of reports is written."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """One report of a file, and the line where it begins."""

    line: int
    decision: str
    label: str
    comment: str | None = None

    @property
    def body(self) -> dict[str, str]:
        """Return what is sent of it."""
        told = {"decision_id": self.decision, "label": self.label}
        return told if self.comment is None else {**told, "comment": self.comment}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong in a line, and what to do about it; no line: with the whole file."""

    line: int | None
    what: str
    remedy: str


@dataclass(slots=True)
class Reports:
    """What a file holds."""

    rows: list[Row] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    unlabelled: int = 0  # lines whose label nobody filled in
    repeated: int = 0  # lines that say again what another says


def read(text: str, form: Form, ignored: frozenset[str] = frozenset()) -> Reports:
    """Return the reports of a file, each decision once, and all that is wrong with the others."""
    found, said = Reports(), dict[str, Row]()
    for number, one in enumerate(_READERS[form](text, ignored)):
        if number == MOST_ROWS:
            what = f"there are more than {MOST_ROWS:,} reports"
            found.flaws.append(Flaw(None, what, "split the file"))
            break
        if isinstance(one, Flaw):
            found.flaws.append(one)
            continue
        _take(found, said, _row(*one, ignored))
    return found


def _take(found: Reports, said: dict[str, Row], one: Row | Flaw | None) -> None:
    """Count one line in."""
    if one is None:
        found.unlabelled += 1
        return
    if isinstance(one, Flaw):
        found.flaws.append(one)
        return
    before = said.setdefault(one.decision, one)
    if before is one:
        found.rows.append(one)
    elif before.label == one.label:
        found.repeated += 1
    else:
        what = f"it calls `{one.label}` what line {before.line} calls `{before.label}`"
        found.flaws.append(Flaw(one.line, what, "keep one of the two"))


def _row(line: int, told: Mapping[str, Any], ignored: frozenset[str]) -> Row | Flaw | None:
    """Return the report of one line; None where nobody filled its label in."""
    for name in told:
        if name not in COLUMNS and name not in ignored:
            return Flaw(line, f"`{name}` is not known", _nearest(name))
    decision, label, comment = (told.get(name) for name in COLUMNS)
    if label in (None, ""):
        return None
    if not isinstance(decision, str) or not _DECISION.fullmatch(decision):
        shown = "there is no `decision_id`" if decision in (None, "") else "that is no decision"
        return Flaw(line, shown, "copy the id whole, as `drawbar decisions` prints it")
    if label not in LABELS:
        return Flaw(line, f"`{label}` is no label", "write `violation` or `ok`")
    if comment in (None, ""):
        return Row(line, decision, label)
    if not isinstance(comment, str) or _UNPRINTABLE.search(comment):
        return Flaw(line, "the comment is no plain text", "write it as plain words")
    if len(comment) > LONGEST_COMMENT:
        return Flaw(line, f"the comment has {len(comment):,} letters", "say it in 1,000")
    return Row(line, decision, label, comment)


def _csv(text: str, ignored: frozenset[str]) -> Iterator[tuple[int, Mapping[str, Any]] | Flaw]:
    """Yield the lines of a table under its first line, which names the columns."""
    first = text.partition("\n")[0]
    delimiter = next((one for one in _DELIMITERS if one in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, names = 1, None
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if names is None:
                names = [one.strip() for one in cells]
                if (flaw := _heading(names, ignored)) is not None:
                    yield flaw
                    return
            elif len(cells) == len(names):
                yield begins, _cells(names, cells)
            elif any(one.strip() for one in cells):
                what = f"it has {len(cells)} cells, and the first line names {len(names)}"
                yield Flaw(begins, what, "put text that holds the delimiter between quotes")
    except csv.Error as error:
        yield Flaw(line, str(error), "write the file again as CSV, in UTF-8")
    if names is None:
        yield Flaw(None, "the file is empty", f"begin with the line `{','.join(COLUMNS)}`")


def _cells(names: list[str], cells: list[str]) -> dict[str, str]:
    told = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    return {name: value.replace("\r\n", "\n") for name, value in told.items()}


def _heading(names: list[str], ignored: frozenset[str]) -> Flaw | None:
    """Return what is wrong with the names of the columns."""
    for name in names:
        if name not in COLUMNS and name not in ignored:
            return Flaw(1, f"the column `{name}` is not known", _nearest(name))
        if names.count(name) > 1:
            return Flaw(1, f"the column `{name}` stands there twice", "keep one")
    for name in NEEDED:
        if name not in names:
            words = f"name the columns in the first line: {', '.join(COLUMNS)}"
            return Flaw(1, f"there is no column `{name}`", words)
    return None


def _jsonl(text: str, _ignored: frozenset[str]) -> Iterator[tuple[int, Mapping[str, Any]] | Flaw]:
    """Yield the objects of a file with one in each line."""
    empty = True
    for line, one in enumerate(text.split("\n"), start=1):
        if not one.strip():
            continue
        empty = False
        try:
            told = strictjson.read(one)
        except strictjson.InvalidJson as error:
            yield Flaw(line, _worded(error), "write one JSON object in each line")
            continue
        yield _object(line, told)
    if empty:
        yield Flaw(None, "the file is empty", "write one JSON object in each line")


def _json(text: str, _ignored: frozenset[str]) -> Iterator[tuple[int, Mapping[str, Any]] | Flaw]:
    """Yield the objects of a JSON array."""
    remedy = "write a JSON array of objects"
    try:
        told = strictjson.read(text, leaves=(len(COLUMNS) + 2) * MOST_ROWS)
    except strictjson.InvalidJson as error:
        yield Flaw(None, _worded(error), remedy)
        return
    if not isinstance(told, list) or not told:
        yield Flaw(None, "it is no array with reports in it", remedy)
        return
    yield from map(_object, _places(text), told)


def _places(text: str) -> Iterator[int]:
    """Yield the line on which each part of an array begins."""
    decoder, at, line, seen = json.JSONDecoder(), text.index("[") + 1, 1, 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it fits anywhere
        if text[at] == "]":
            return
        line, seen = line + text.count("\n", seen, at), at
        yield line
        _, at = decoder.raw_decode(text, at)


def _object(line: int, told: Any) -> tuple[int, Mapping[str, Any]] | Flaw:
    if isinstance(told, dict):
        return line, told
    return Flaw(line, "it is no JSON object", "write an object with `decision_id` and `label`")


def _worded(error: strictjson.InvalidJson) -> str:
    return f"{error} at {error.path}" if error.path else str(error)


def _nearest(name: str) -> str:
    near = get_close_matches(name, COLUMNS, n=1)
    words = f"did you mean `{near[0]}`? " if near else ""
    return f"{words}leave it out, or say --ignore {name}"


_READERS: Final = {Form.CSV: _csv, Form.JSONL: _jsonl, Form.JSON: _json}
