"""The page of results says what the records say, and they are of the policy as it is."""

import re
from pathlib import Path
from typing import Final

import pytest

from bench import reporting
from bench.tau2 import cli, confirm, judge
from bench.tau2.cli import Measured, disputes, expected
from bench.tau2.page import WORDS, page
from bench.tau2.results import ROOT, sha256

RECORDS: Final = (ROOT / cli.RECORDS).read_text("utf-8")
WRITES: Final = (ROOT / cli.WRITES).read_text("utf-8")
RESULTS: Final = reporting.read_lines((ROOT / cli.RESULTS).read_text("utf-8"))
MEASURED: Final = Measured(judge.read(RECORDS), confirm.read(WRITES))


def test_the_page_is_counted_from_the_records() -> None:
    """A figure that somebody edits on the page or in a record is seen: run `make bench-tau2`."""
    made = page(MEASURED.records, MEASURED.writes, RESULTS, expected(), disputes())

    assert (ROOT / cli.PAGE).read_text("utf-8") == made


def test_the_aggregate_is_counted_from_the_records() -> None:
    """Each measure of the aggregate has the counts that the records give, and their digest."""
    counted = [(f"tau2.{row.measure}", row.n, row.hits) for row in cli.rows_of(MEASURED)]
    written = [(one["measure"], one["counts"]["n"], one["counts"]["hits"]) for one in RESULTS]

    assert written == counted
    assert {one["cases_sha256"] for one in RESULTS} == {sha256(RECORDS.encode())}


@pytest.mark.parametrize("name", ["policy", "tools", "overlay"])
def test_what_was_measured_is_what_stands_here(name: str) -> None:
    """Figures of another policy than the one beside them are none: run `make bench-tau2`."""
    file = {"policy": cli.POLICY, "tools": cli.TOOLS, "overlay": cli.OVERLAY}[name]

    assert {one["inputs"][f"{name}_sha256"] for one in RESULTS} == {sha256(file.read_bytes())}


def test_every_measure_is_explained() -> None:
    """Each measure has its words on the page, and no words are left over."""
    assert set(WORDS) == {row.measure for row in cli.rows_of(MEASURED)}


def test_a_missed_goal_is_shown_as_missed() -> None:
    """The page hides no miss."""
    worse = RECORDS.replace('"part":"gold","given":["allow"', '"part":"gold","given":["deny"', 1)
    text = page(judge.read(worse), MEASURED.writes, RESULTS, expected(), disputes())

    assert "| 48 | 49 |" in text
    assert "**no: missed**" in text


@pytest.mark.evaldata
def test_records_hold_no_text_of_the_benchmark(eval_data: Path) -> None:
    """No value of a call or its state stands in the records: ids, parts, rules and lines do."""
    calls = (eval_data / "tau2/airline_write_calls_labelled.jsonl").read_text("utf-8")
    values = set(re.findall(r'"([a-z_]+_\d{3,}|[A-Z0-9]{6}|HAT\d{3}|[A-Z][a-z]{3,})"', calls))
    shown = RECORDS + WRITES

    assert len(values) > 100
    assert sorted(one for one in values if one in shown) == []
