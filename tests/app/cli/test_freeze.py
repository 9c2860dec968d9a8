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
    assert "in the tenant `acme`" in frozen.stdout
    assert "agent bot of acme  by " in listed
    assert "went wild" in listed
    assert "tenant other" in listed
    assert thawed.stdout == "the agent `bot` is thawed\n"
    assert "bot" not in run(data, "freeze", "list").stdout
    for what in ("agent.frozen", "tenant.frozen", "agent.thawed"):
        assert what in acts


def test_nobody_is_thawed_who_is_not_frozen(data: Path) -> None:
    """A name that is misspelt is said to be so."""
    run(data, "freeze", "agent", "bot")
    done = run(data, "thaw", "agent", "bto")

    assert "the agent `bto` is not frozen in the tenant `default`" in str(done.exception)
    assert run(data, "freeze", "agent", "").exit_code == 2


@pytest.mark.parametrize(
    "named",
    [
        ("agent", "a b"),
        ("agent", "caf\u00e9"),
        ("agent", "x" * 129),
        ("agent", "bot", "--tenant", "a b"),
        ("agent", "bot", "--tenant", ""),
        ("subject", "u1", "--tenant", "t" * 65),
        ("tenant", "a/b"),
        ("tenant", "t" * 65),
    ],
    ids=str,
)
def test_a_name_that_nobody_can_have_is_refused(data: Path, named: tuple[str, ...]) -> None:
    """It would say of somebody that they are frozen, and their calls would go on."""
    for command in ("freeze", "thaw"):
        assert run(data, command, *named).exit_code == 2
    assert run(data, "freeze", "list").stdout == ""
