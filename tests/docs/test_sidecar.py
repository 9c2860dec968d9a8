"""The page on sidecars: its commands run, its settings are settings, its numbers are the code's."""

import re
import tomllib
from pathlib import Path

from app.deciding.freezing import UNHEARD_S
from app.settings import Settings
from app.sidecar.settings import SidecarSettings
from app.sidecar.source import LOOKS
from tests.app.bundles.making import folder
from tests.command import drawbar

DOCS = Path(__file__).parents[2] / "docs"
PAGE, GLASS = ((DOCS / name).read_text("utf-8") for name in ("sidecar.md", "break-glass.md"))


def _example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_commands_on_the_page_run(tmp_path: Path) -> None:
    """A bundle is made, signed and verified as the page shows."""
    folder(tmp_path / "policies")
    for line in _example("by hand").splitlines():
        ran = drawbar(*line.split()[1:], cwd=tmp_path)
        assert ran.returncode == 0, (line, ran.stderr)


def test_the_settings_on_the_page_are_settings() -> None:
    """The table can be used as it stands."""
    settings = Settings(**tomllib.loads(_example("settings")))
    assert settings.sidecar is not None
    assert settings.sidecar.ships


def test_the_numbers_are_the_defaults() -> None:
    """What the page says of time and room is what the settings say."""
    made = SidecarSettings(trust=(Path("k"),), bundle=Path("b"))
    assert (made.poll_s, made.stale_s, made.most_unshipped) == (5, 3_600, 100_000)
    assert "(`poll_s`, 5," in PAGE
    assert "for `stale_s` (an hour)" in PAGE
    assert "at `most_unshipped` (100,000)" in PAGE
    assert (LOOKS, UNHEARD_S, LOOKS * made.poll_s) == (4, 10, 20)
    assert "not heard for four looks (10 s at least)" in PAGE
    assert "for four looks for a bundle (20 s, as set at first)" in GLASS
