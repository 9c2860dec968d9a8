"""How long things last, as people type it."""

from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.cli.times import span
from tests.stores import sqlite_store


def test_a_length_of_time_is_read() -> None:
    """A number and a unit, up to a hundred years."""
    assert span("90d", "--x") == timedelta(days=90)
    assert span("36500d", "--x") == timedelta(days=36_500)


@pytest.mark.parametrize("written", ["", "d", "-1d", "1y", "1.5h", "36501d", "999999w"])
def test_what_is_no_length_of_time_or_too_long_is_refused(written: str) -> None:
    """The calendar ends, and nobody means so long a time."""
    with pytest.raises(click.BadParameter):
        span(written, "--x")


def test_a_key_that_would_outlast_the_calendar_is_a_mistake_of_usage(tmp_path: Path) -> None:
    """One sentence, and no key."""
    sqlite_store(tmp_path / "data")
    where = ["--data", str(tmp_path / "data")]
    runs = (
        ["create", "--scope", "check", "--expires", "999999w"],
        ["rotate", "k_none", "--keep", "999999w"],
    )
    ran = [CliRunner().invoke(cli, ["keys", *one, *where]) for one in runs]

    assert [one.exit_code for one in ran] == [2, 2]
    assert all("36500 days" in one.output for one in ran)
