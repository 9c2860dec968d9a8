"""A run says of itself what was measured, and whether all of it was committed."""

import subprocess
from pathlib import Path

import pytest

from bench import reporting
from bench.agentdojo import results

FILES = ("app/a.py", "bench/agentdojo/cli.py", "bench/agentdojo/ledger.jsonl", "uv.lock")


def _git(tree: Path, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *args], cwd=tree, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a checkout in which all is committed."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    _git(tmp_path, "init")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-m", "all")
    monkeypatch.setattr(reporting, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_committed_makes_figures_preliminary(tree: Path, name: str) -> None:
    """But the ledger does not: a run writes it before it tells of itself."""
    (tree / name).write_text("2")

    assert reporting.versions(results.MEASURED)["dirty"] is not name.endswith("ledger.jsonl")


def test_figures_of_a_committed_tree_are_not_preliminary(tree: Path) -> None:
    """Nothing was touched since the commit."""
    assert not reporting.versions(results.MEASURED)["dirty"]
    assert tree == reporting.ROOT
