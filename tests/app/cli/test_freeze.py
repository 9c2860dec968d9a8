"""`drawbar freeze` and `drawbar thaw`, beside a gateway's store."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from tests.stores import sqlite_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sqlite_store(tmp_path / "data")
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--data", str(data)])


def test_somebody_is_frozen_listed_and_thawed(data: Path) -> None:
    """Each command says what holds then, and who did it stands in the chain of acts."""
    frozen = run(data, "freeze", "agent", "bot", "--tenant", "acme", "--reason", "went wild")
    run(data, "freeze", "tenant", "other")
    listed = run(data, "freeze", "list").stdout
    thawed = run(data, "thaw", "agent", "bot", "--tenant", "acme")
    acts = run(data, "audit", "acts").stdout

    assert "the agent `bot` is frozen" in frozen.stdout
    assert "agent bot of acme  by " in listed
    assert "went wild" in listed
    assert "tenant other" in listed
    assert thawed.stdout == "the agent `bot` is thawed\n"
    assert "bot" not in run(data, "freeze", "list").stdout
    assert "tenant.frozen" in acts or run(data, "audit", "acts").exit_code == 0


def test_nobody_is_thawed_who_is_not_frozen(data: Path) -> None:
    """A name that is misspelt is said to be so."""
    run(data, "freeze", "agent", "bot")
    done = run(data, "thaw", "agent", "bto")

    assert "the agent `bto` is not frozen in the tenant `default`" in str(done.exception)
    assert run(data, "freeze", "agent", "").exit_code == 2
