"""The manifest is whole, and a gathered folder can be held against it."""

import os
import re
from pathlib import Path

import pytest

from bench.eval_data.cli import main
from bench.eval_data.convert import CONVERTERS
from bench.eval_data.gather import check
from bench.eval_data.manifest import ManifestError, load_manifest

ENTRY = 'path = "a/b"\nsize = 1\nsha256 = "0"\n'
ONE = 'sources = [{ origin = "o", path = "p" }]\n'


def test_the_manifest_is_whole() -> None:
    """Every digest is full, every converter exists and every set names its licence."""
    manifest = load_manifest()
    for entry in manifest.files():
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256), entry.path
        assert entry.size > 0
        assert entry.convert is None or entry.convert in CONVERTERS
        assert (entry.content_sha256 is not None) == entry.path.endswith(".gz")
    assert all(data_set.licence and data_set.origins for data_set in manifest.sets)
    assert manifest.raw_host.startswith("https://")
    assert manifest.api_host.startswith("https://")


def test_files_stand_in_the_folder_of_their_set() -> None:
    """A set's files share the folder that carries its name."""
    for data_set in load_manifest().sets:
        assert {entry.path.split("/")[0] for entry in data_set.files} == {data_set.name}


def test_every_source_belongs_to_an_origin_that_its_set_names() -> None:
    """No file comes from a repository that the listing hides."""
    for data_set in load_manifest().sets:
        for entry in data_set.files:
            assert {source.origin for source in entry.sources} <= set(data_set.origins)


@pytest.mark.parametrize(
    "row",
    [
        ENTRY,
        ENTRY + 'convert = "tau2_tasks"\n',
        ENTRY + ONE + "derived = true\n",
        ENTRY + ONE + 'how = "by hand"\n',
        ENTRY.replace("a/b", "../b") + ONE,
        ENTRY.replace("a/b", "/b") + ONE,
        f"{ENTRY}{ONE}[[sets.files]]\n{ENTRY}{ONE}",
    ],
)
def test_contradictions_are_refused(tmp_path: Path, row: str) -> None:
    """A manifest that contradicts itself or leaves its folder is not used."""
    head = 'raw_host = ""\napi_host = ""\n[origins.o]\nrepository = "o/r"\ncommit = "c"\n'
    sets = '[[sets]]\nname = "a"\nwhat = ""\nlicence = ""\norigins = []\n[[sets.files]]\n'
    (tmp_path / "m.toml").write_text(head + sets + row, encoding="utf-8")
    with pytest.raises(ManifestError):
        load_manifest(tmp_path / "m.toml")


def test_list_names_origin_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    """The listing shows each set with where it comes from and under which licence."""
    assert main(["--list"]) == 0
    text = capsys.readouterr().out
    for data_set in load_manifest().sets:
        assert f"{data_set.name}: {data_set.what}" in text
        assert data_set.licence in text
        assert all(origin.label in text for origin in data_set.origins)


@pytest.mark.parametrize(
    "argv", [[], ["out", "--check", "--list"], ["out", "--host", "file:///etc"]]
)
def test_wrong_usage_exits_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No folder, two modes or a host that is no web address is wrong usage."""
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """The help shows examples, the variable to set and every exit code."""
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for word in ("examples:", "DRAWBAR_EVAL_DATA", "--allow-partial", "exit codes: 0", "3 partial"):
        assert word in text


@pytest.mark.evaldata
def test_the_gathered_folder_is_the_pinned_one() -> None:
    """Every file that stands below DRAWBAR_EVAL_DATA has the digest of the manifest."""
    folder = os.environ.get("DRAWBAR_EVAL_DATA")
    if not folder:
        pytest.skip("DRAWBAR_EVAL_DATA is not set: no public data sets to verify")
    report = check(load_manifest(), Path(folder))
    assert report.wrong == []
    assert report.right, f"no file of the manifest stands in {folder}"
