"""An engine's adapter starts in the environment that was made for the engine."""

from pathlib import Path

import pytest

from bench import environment as shared
from bench.peers import environment
from bench.peers.engines import ENGINES, Engine


@pytest.mark.parametrize("engine", ENGINES, ids=lambda one: one.name)
def test_an_engine_is_installed_by_its_own_installer(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages of npm are installed by npm, all others into an environment of Python."""
    used: list[str] = []
    monkeypatch.setattr(Engine, "environment", tmp_path / "made")
    monkeypatch.setattr(shared, "npm", lambda *_: used.append("npm"))
    monkeypatch.setattr(shared, "python", lambda *_: used.append("python"))

    first, second = environment.make(engine), environment.make(engine)

    assert used == ["npm" if engine.npm else "python"]
    assert first == second
    assert str(engine.adapter) in first
