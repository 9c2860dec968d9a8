"""Facts from a file of rows: exact, up to date, and never half of a broken change."""

import asyncio
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.facts import rows
from app.facts.asker import Answer, Asker
from app.facts.rows import TableError
from app.facts.settings import TableSettings
from app.facts.table import TableSource
from app.telemetry import Metrics

CSV = 'customer,limit,note\nc1,100.50,"a, b"\nc2,7,\n'
JSON = '[{"customer": "c1", "limit": 100.50, "note": "a, b"}, {"customer": "c2", "limit": 7}]'
TOML = """
[[rows]]
customer = "c1"
limit = 100.50
note = "a, b"
[[rows]]
customer = "c2"
limit = 7
"""


class Table:
    """A source over a file that the test changes."""

    def __init__(self, file: Path, text: str, **members: Any) -> None:
        self.file = file
        self.write(text)
        made = {"kind": "table", "file": str(file), "key": "customer", **members}
        self.settings = TableSettings.model_validate(made)
        self.source = TableSource("get_limit", self.settings)
        self.asker = Asker("get_limit", self.source, self.settings, Metrics())
        self._ticks = 0

    def write(self, text: str) -> None:
        self.file.write_text(text, "utf-8")

    async def ask(self, value: Any) -> Answer:
        return await self.asker.ask({"customer": value}, 5)


def asked(table: Table, *values: Any, then: Callable[[], None] = lambda: None) -> list[Answer]:
    """Open the source, ask, let something happen, and ask once more."""

    async def run() -> list[Answer]:
        await table.source.open()
        found = [await table.ask(value) for value in values]
        then()
        found += [await table.ask(value) for value in values]
        await table.source.close()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "text", "members"),
    [
        ("t.csv", CSV, {"numbers": ["limit"]}),
        ("t.csv", "\ufeff" + CSV.replace("\n", "\r\n"), {"numbers": ["limit"]}),
        ("t.json", JSON, {}),
        ("t.toml", TOML, {}),
    ],
)
def test_each_form_says_the_same(
    tmp_path: Path, name: str, text: str, members: dict[str, Any]
) -> None:
    """A row is found by its key, with exact numbers; an empty cell is absent."""
    first, second, none = asked(Table(tmp_path / name, text, **members), "c1", "c2", "c3")[:3]

    assert first.value == {"customer": "c1", "limit": Decimal("100.50"), "note": "a, b"}
    assert second.value == {"customer": "c2", "limit": 7}
    assert (none.outcome, none.cause) == ("not_there", "no_fact")


def test_cells_of_a_csv_file_are_texts_unless_they_are_declared(tmp_path: Path) -> None:
    """Nothing is guessed from how a cell looks: `007` stays as it is."""
    (row, number, *_) = asked(Table(tmp_path / "t.csv", "customer,pin\n7,007\n"), "7", 7)

    assert row.value == {"customer": "7", "pin": "007"}
    assert number.outcome == "not_there"


def test_a_key_may_be_a_number(tmp_path: Path) -> None:
    """Numbers are compared as numbers, and never with texts."""
    table = Table(tmp_path / "t.json", '[{"customer": 7, "limit": 1}]', pick="limit")
    wanted: list[Any] = [7, Decimal("7.0"), "7", True, None, ["7"]]
    answers = asked(table, *wanted)[:6]

    assert [one.value for one in answers] == [1, 1, None, None, None, None]
    assert [one.outcome for one in answers][2:] == ["not_there", *["arguments"] * 3]


def test_a_row_that_is_not_there_may_be_null(tmp_path: Path) -> None:
    """Where the settings say so, and never where a column is missing."""
    table = Table(tmp_path / "t.json", JSON, missing="null", pick="note")
    absent, column = asked(table, "c3", "c2")[:2]

    assert (absent.cause, absent.value) == (None, None)
    assert column.outcome == "unreadable"


def test_a_change_holds_at_once(tmp_path: Path) -> None:
    """The next look-up has what the file says now."""
    table = Table(tmp_path / "t.csv", CSV, numbers=["limit"], pick="limit")
    before, after = asked(table, "c2", then=lambda: table.write(CSV.replace("7", "8000")))

    assert (before.value, after.value) == (7, 8000)


@pytest.mark.parametrize("broken", ["", "customer\nc1,2\n", "customer,limit\nc1,1\nc1,2\n"])
def test_a_broken_change_leaves_what_there_was(tmp_path: Path, broken: str) -> None:
    """It is told of once, and what is right again is taken up."""
    table = Table(tmp_path / "t.csv", CSV, numbers=["limit"], pick="limit")
    with structlog.testing.capture_logs() as logs:
        answers = asked(table, "c2", "c2", then=lambda: table.write(broken))

    assert [one.value for one in answers] == [7, 7, 7, 7]
    assert [one["event"] for one in logs] == ["a table is refused, the one before stays"]


def test_a_file_that_is_gone_leaves_what_there_was(tmp_path: Path) -> None:
    """The last good rows stay; they go when a sound file without them comes."""
    table = Table(tmp_path / "t.csv", CSV, numbers=["limit"], pick="limit")
    with structlog.testing.capture_logs() as logs:
        answers = asked(table, "c2", "c2", then=table.file.unlink)

    assert [one.value for one in answers] == [7, 7, 7, 7]
    assert [one["detail"] for one in logs] == ["the file is gone"]


def test_a_change_is_seen_also_where_the_time_stays(tmp_path: Path) -> None:
    """A file that is put in the other's place is another one, whatever its time says."""
    table = Table(tmp_path / "t.csv", CSV, numbers=["limit"], pick="limit")

    def replaced() -> None:
        fresh, stat = tmp_path / "fresh", table.file.stat()
        fresh.write_text(CSV.replace("7", "8"))
        os.utime(fresh, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        fresh.replace(table.file)

    assert [one.value for one in asked(table, "c2", then=replaced)] == [7, 8]


def test_many_at_once_read_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ups that meet a change wait for one reading of it."""
    table = Table(tmp_path / "t.csv", CSV, numbers=["limit"], pick="limit")
    read, times = rows.read, []

    def counted(*args: Any) -> Any:
        times.append(1)
        return read(*args)

    monkeypatch.setattr(rows, "read", counted)

    async def run() -> list[Answer]:
        await table.source.open()
        table.write(CSV.replace("7", "8000"))
        found = await asyncio.gather(*(table.ask("c2") for _ in range(20)))
        await table.source.close()
        return list(found)

    assert {one.value for one in asyncio.run(run())} == {8000}
    assert len(times) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.xml", "<a/>", "the name of a table ends in .csv, .json, .toml"),
        ("t.csv", "", "does not name each column once"),
        ("t.csv", "customer,customer\n", "does not name each column once"),
        ("t.csv", "customer,limit\nc1\n", "row 1 has 1 cells for 2 columns"),
        ("t.csv", "customer,limit\nc1,secret\n", "row 1 has no number under `limit`"),
        ("t.csv", "customer\nc1\n", "it has no column `limit`"),
        ("t.csv", 'customer,limit\n"c1,1\n', "it is not CSV"),
        ("t.csv", "customer,limit\n,1\n", "row 1 has no text or number under `customer`"),
        ("t.csv", "customer,limit\nc1,1\nc1,2\n", "row 2 has the `customer` of an earlier one"),
        ("t.json", "{}", "a list of objects is expected"),
        ("t.json", "[1]", "row 1 is not an object"),
        ("t.json", '[{"limit": 1}]', "row 1 has no text or number under `customer`"),
        ("t.json", '[{"customer": true}]', "row 1 has no text or number under `customer`"),
        ("t.json", '[{"customer": "a", "limit": 1, "limit": 2}]', "in one way only"),
        ("t.json", '[{"customer": "a", "limit": NaN}]', "in one way only"),
        ("t.json", '[{"customer": "a"}', "in one way only at line 1"),
        ("t.json", "[" * 9000 + "]" * 9000, "in one way only"),
        ("t.json", '[{"customer": "a", "x": ' + "[" * 99 + "]" * 99 + "}]", "row 1 cannot be used"),
        ("t.toml", "rows = 1", "tables `[[rows]]` are expected"),
        ("t.toml", 'rows = []\nmore = "x"', "tables `[[rows]]` are expected"),
        ("t.toml", "[[rows", "it is not TOML"),
        ("t.toml", '[[rows]]\ncustomer = "a"\nlimit = inf', "it is not TOML"),
        ("t.toml", '[[rows]]\ncustomer = "a"\nlimit = ' + "9" * 50, "row 1 cannot be used"),
    ],
)
def test_a_table_that_cannot_be_used_stops_the_start(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    """One sentence names the file and the row, and no value."""
    table = Table(tmp_path / name, text, numbers=["limit"])
    with pytest.raises(TableError) as caught:
        asked(table)

    assert said in str(caught.value)
    assert name in str(caught.value)
    assert "secret" not in str(caught.value)


def test_days_and_times_of_toml_are_texts(tmp_path: Path) -> None:
    """They read as `parse_time` takes them, as they would from JSON."""
    text = '[[rows]]\ncustomer = "a"\non = 2026-03-01\nat = 2026-03-01T10:00:00Z\nin = [1_000.5]\n'
    (row, _) = asked(Table(tmp_path / "t.toml", text), "a")

    assert row.value == {
        "customer": "a",
        "on": "2026-03-01",
        "at": "2026-03-01T10:00:00+00:00",
        "in": [Decimal("1000.5")],
    }


def test_a_table_may_be_larger_than_a_request(tmp_path: Path) -> None:
    """What an operator keeps is not bounded as what callers send is."""
    lines = "".join(f"c{number},{number}\n" for number in range(20_000))
    table = Table(tmp_path / "t.csv", "customer,limit\n" + lines, numbers=["limit"], pick="limit")

    assert asked(table, "c19999")[0].value == 19_999
