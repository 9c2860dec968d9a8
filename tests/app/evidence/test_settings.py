"""The tables `evidence` and `masking` of the settings."""

from datetime import timedelta
from pathlib import Path

import pytest

from app import settings
from app.config_file import SettingsError
from app.evidence.settings import EvidenceSettings, steps
from memory.evidence.kind import Kind


def read(tmp_path: Path, text: str) -> settings.Settings:
    file = tmp_path / "drawbar.toml"
    file.write_text(text)
    return settings.load({}, file)


def test_each_kind_has_its_days(tmp_path: Path) -> None:
    """A year where nothing is said, and never at zero."""
    found = read(tmp_path, "[evidence]\nresult_days = 0\nfacts_days = 7\n")

    assert dict(found.evidence.keep) == {
        Kind.ARGUMENTS: timedelta(days=365),
        Kind.FACTS: timedelta(days=7),
        Kind.MESSAGE: timedelta(days=365),
        Kind.FEATURES: timedelta(days=365),
    }
    assert set(EvidenceSettings().keep) == set(Kind)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[evidence]\narguments_days = -1", "evidence.arguments_days"),
        ("[evidence]\narguments_days = 36501", "evidence.arguments_days"),
        ("[evidence]\nargument_days = 1", "evidence.argument_days"),
        ('[evidence]\narguments_days = "1"', "evidence.arguments_days"),
        ('[masking.shown]\npay = ["amount"]', "a path is written as in policies"),
        ('[masking.shown]\npay = ["result.x"]', "a path is written as in policies"),
        ('[masking]\nhidden = ["nothing"]', "there is no such detector"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """It stops the start: what was meant to be hidden or deleted must not be otherwise."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)

    assert words in str(caught.value)


def test_a_path_leads_through_members_and_places() -> None:
    """It is written as policies write it."""
    assert steps("args.lines[*].sku") == ("args", "lines", "*", "sku")
    assert steps("args.a[0]") == ("args", "a", "0")
    assert steps("args") == ("args",)
