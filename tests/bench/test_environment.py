"""What a bench cannot install is told of, with what was tried; what it has is used again."""

import sys
from pathlib import Path

import pytest

from bench import environment
from bench.environment import NotInstalled
from bench.reporting import ROOT


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """Return a file of requirements."""
    file = tmp_path / "requirements.txt"
    file.write_text("tea==1", "utf-8")
    return file


def test_what_was_tried_is_told() -> None:
    """The command and the last of what it said are kept; the folder it ran in is not."""
    command = [sys.executable, "-c", "import sys; sys.exit('no such package')", f"{ROOT}/var"]

    with pytest.raises(NotInstalled, match="no such package") as told:
        environment.run(command)
    assert f"{ROOT}/" not in str(told.value)


def test_a_program_that_is_not_there_is_told() -> None:
    """An installer that is missing is no crash."""
    with pytest.raises(NotInstalled, match="no-such-installer"):
        environment.run(["no-such-installer"])


def test_something_is_installed_once(tmp_path: Path, requirements: Path) -> None:
    """What is installed from the same requirements is used again, and other ones are installed."""
    installed: list[str] = []

    def install(folder: Path, wanted: Path) -> None:
        assert list(folder.iterdir()) == []
        (folder / "rest").touch()
        installed.append(wanted.read_text("utf-8"))

    for wanted in ("tea==1", "tea==1", "tea==2"):
        requirements.write_text(wanted, "utf-8")
        environment.once(tmp_path / "made", requirements, install)

    assert installed == ["tea==1", "tea==2"]


def test_what_failed_half_way_is_begun_again(tmp_path: Path, requirements: Path) -> None:
    """A failed installation leaves no mark of success."""
    tried: list[Path] = []

    def fail(folder: Path, _: Path) -> None:
        tried.append(folder)
        raise NotInstalled("no such package")

    for _ in range(2):
        with pytest.raises(NotInstalled):
            environment.once(tmp_path / "made", requirements, fail)

    assert len(tried) == 2
