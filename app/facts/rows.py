"""Reads the rows of a table: CSV, JSON or TOML, each row under its key."""

import csv
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from app.policy.policies import read_source
from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.types import is_number

Rows = Mapping[str, Mapping[str, Any]]


class TableError(DrawbarError):
    """A table that cannot be used; its words hold no values of it."""


def read(file: Path, key: str, numbers: Sequence[str] = ()) -> Rows:
    """Return the rows of a file, or say what is wrong with it."""
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise TableError(f"`{file}`: the name of a table ends in {', '.join(_READERS)}")
    text = read_source(file).text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    try:
        return _by_key(reader(text, numbers), key)
    except TableError as error:
        raise TableError(f"`{file}`: {error}") from None


def is_key(value: Any) -> bool:
    """Tell whether a row can be found by a value: by texts and numbers."""
    return isinstance(value, str) or is_number(value)


def found_by(value: Any) -> str:
    """Return the form in which the key of a row and the argument of a look-up are compared."""
    return strictjson.canonical(value)


def _by_key(rows: Iterable[Any], key: str) -> Rows:
    found: dict[str, Mapping[str, Any]] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise TableError(f"row {number} is not an object")
        if not is_key(row.get(key)):
            raise TableError(f"row {number} has no text or number under `{key}`")
        name = found_by(row[key])
        if name in found:
            raise TableError(f"row {number} has the `{key}` of an earlier one")
        found[name] = _checked(row, number)
    return found


def _checked(row: dict[str, Any], number: int) -> Any:
    """Return a row as the strict reader gives it: within its limits, and with exact numbers."""
    try:
        return strictjson.read(strictjson.canonical(row))
    except (strictjson.InvalidJson, TypeError, RecursionError) as error:
        reason = str(error) if isinstance(error, strictjson.InvalidJson) else "it is no JSON"
        raise TableError(f"row {number} cannot be used: {reason}") from None


def _csv(text: str, numbers: Sequence[str]) -> Iterable[Any]:
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise TableError(f"it is not CSV: {error}") from None
    names = lines[0] if lines else []
    if not names or len(set(names)) < len(names) or "" in names:
        raise TableError("its first line does not name each column once")
    for name in numbers:
        if name not in names:
            raise TableError(f"it has no column `{name}`")
    for number, line in enumerate(lines[1:], 1):
        if len(line) != len(names):
            raise TableError(f"row {number} has {len(line)} cells for {len(names)} columns")
        cells = {name: cell for name, cell in zip(names, line, strict=True) if cell}
        yield {name: _cell(name, cell, numbers, number) for name, cell in cells.items()}


def _cell(name: str, cell: str, numbers: Sequence[str], row: int) -> Any:
    if name not in numbers:
        return cell
    try:
        return strictjson.exact(cell.strip())
    except strictjson.InvalidJson:
        raise TableError(f"row {row} has no number under `{name}`") from None


def _json(text: str, _numbers: Sequence[str]) -> Iterable[Any]:
    try:
        rows = _DECODER.decode(text)
    except (json.JSONDecodeError, strictjson.InvalidJson, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise TableError(f"it is not JSON that can be read in one way only{where}") from None
    if not isinstance(rows, list):
        raise TableError("a list of objects is expected")
    return rows


def _toml(text: str, _numbers: Sequence[str]) -> Iterable[Any]:
    try:
        rows = tomllib.loads(text, parse_float=_toml_number)
    except (tomllib.TOMLDecodeError, strictjson.InvalidJson, RecursionError) as error:
        raise TableError(f"it is not TOML: {error}") from None
    if set(rows) != {"rows"} or not isinstance(rows["rows"], list):
        raise TableError("tables `[[rows]]` are expected, and nothing else")
    return [_timeless(row) for row in rows["rows"]]


def _toml_number(text: str) -> Any:
    return strictjson.exact(text.replace("_", "").removeprefix("+"))


def _timeless(value: Any) -> Any:
    """Write days and times as texts, as JSON would have them."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _timeless(member) for key, member in value.items()}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise strictjson.InvalidJson("a key stands twice in one object")
    return members


def _constant(text: str) -> Any:
    raise strictjson.InvalidJson(f"{text} is not a JSON number")


# Not the strict reader itself: a table may hold more values than a request.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_float=strictjson.exact,
    parse_int=strictjson.exact,
    parse_constant=_constant,
)
_READERS: Final[Mapping[str, Callable[[str, Sequence[str]], Iterable[Any]]]] = {
    ".csv": _csv,
    ".json": _json,
    ".toml": _toml,
}
