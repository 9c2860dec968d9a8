"""An engine that cannot be installed is told of, with what was tried."""

import shutil
from pathlib import Path

import pytest

from bench.peers import environment
from bench.peers.engines import ENGINES, ROOT, Engine


def test_what_was_tried_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command and the last of what it said are kept; the folder it ran in is not."""
    command = ["python3", "-c", "import sys; sys.exit('no such package')", f"{ROOT}/var"]
    monkeypatch.setattr(environment, "_install", lambda _: environment._run(command))
    engine = ENGINES[0]

    with pytest.raises(environment.NotInstalledError, match="no such package") as told:
        environment.make(_elsewhere(engine, monkeypatch))
    assert f"{ROOT}/" not in str(told.value)


def test_an_engine_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed from the same requirements is used again."""
    installed: list[Engine] = []
    engine = _elsewhere(ENGINES[0], monkeypatch, tmp_path)
    monkeypatch.setattr(environment, "_install", installed.append)

    first, second = environment.make(engine), environment.make(engine)

    assert installed == [engine]
    assert first == second
    assert str(engine.adapter) in first


def _elsewhere(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, folder: Path | None = None
) -> Engine:
    """Keep the environment that may be there out of the test."""
    place = folder or Path(__file__).parent / "no-such-folder"
    monkeypatch.setattr(Engine, "environment", place)
    assert shutil.which("python3")
    return engine
