"""`drawbar lint --fix`: what is certain is written, what is not is left to a person."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import mending
from app.cli.lint import lint
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.levels import Levels
from dsl.lint.rule import Unit

HEAD = "policy p version 1;\n"
UNUSED = HEAD + "default deny; # lint: ignore BAR401 because once\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(lint, [str(one) for one in arguments])


def put(folder: Path, text: str) -> Path:
    file = folder / "p.bar"
    file.write_text(text, "utf-8")
    return file


def test_a_safe_fix_is_written_and_what_remains_is_reported(tmp_path: Path) -> None:
    """After --fix the report is about the text that now stands there."""
    file = put(tmp_path, UNUSED)

    done = run("--fix", "--strict", file)

    assert (done.exit_code, file.read_text("utf-8")) == (0, HEAD + "default deny;\n")
    assert f"mended 1 finding in {file}" in done.output
    assert "nothing to report" in done.output


def test_without_fix_nothing_is_written_and_the_summary_tells_of_it(tmp_path: Path) -> None:
    """Linting alone never changes a file."""
    file = put(tmp_path, UNUSED)

    done = run(file)

    assert file.read_text("utf-8") == UNUSED
    assert "1 file: 1 warning (1 can be mended with --fix)" in done.output


def test_diff_prints_the_change_and_makes_none(tmp_path: Path) -> None:
    """--diff exits with 3 where a file would change, and with 0 where none would."""
    file = put(tmp_path, UNUSED)

    done = run("--diff", file)

    assert (done.exit_code, file.read_text("utf-8")) == (3, UNUSED)
    assert "-default deny; # lint: ignore BAR401 because once\n+default deny;\n" in done.output
    assert run("--diff", put(tmp_path, HEAD)).exit_code == 0


def test_unsafe_alone_is_a_mistake_of_usage(tmp_path: Path) -> None:
    """--unsafe-fixes says which fixes, not that any be written."""
    assert run("--unsafe-fixes", put(tmp_path, HEAD)).exit_code == 2


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Mending a linked policy changes the file behind the link."""
    file = put(tmp_path, UNUSED)
    link = tmp_path / "link.bar"
    link.symlink_to(file)

    run("--fix", link)

    assert link.is_symlink()
    assert file.read_text("utf-8") == HEAD + "default deny;\n"


def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    """A full disk or a read-only folder ends in one sentence, and the file is whole."""
    file = put(tmp_path, UNUSED)
    (tmp_path / ".p.bar.draft").mkdir()

    done = run("--fix", file)

    assert "cannot be written" in str(done.exception)
    assert file.read_text("utf-8") == UNUSED


def test_a_fix_that_breaks_the_policy_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in a fix never leaves a policy that cannot be loaded."""
    file = put(tmp_path, HEAD)

    def breaking(unit: Unit, _levels: Levels) -> list[Finding]:
        if unit.broken:
            return list(unit.broken)
        edit = Edit(Span(0, 6), "polcy")
        return [Finding("BAR999", "m", Span(0, 6), fix=Fix((edit,), safe=True))]

    monkeypatch.setattr(mending, "lint", breaking)
    mended = mending.mend(file, Levels(), unsafe=False)

    assert (mended.fixed, mended.unit.source.text) == (0, HEAD)


def test_a_fix_that_never_comes_to_rest_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two fixes that undo each other do not hang the command."""
    file = put(tmp_path, HEAD)

    def restless(_unit: Unit, _levels: Levels) -> list[Finding]:
        return [Finding("BAR999", "m", Span(0, 1), fix=Fix((Edit(Span(0, 0), "\n"),), safe=True))]

    monkeypatch.setattr(mending, "lint", restless)

    assert mending.mend(file, Levels(), unsafe=False).fixed == 10


def test_json_carries_the_fix(tmp_path: Path) -> None:
    """Programs get the edits with their places, and whether they are safe."""
    done = run("--format", "json", put(tmp_path, UNUSED))

    assert '"safe": true' in done.output
    assert '"text": ""' in done.output


def test_a_page_can_be_read_without_the_checkout() -> None:
    """Whoever installed the wheel has no docs folder; --page prints what a code means."""
    done = run("--page", "BAR002")

    assert (done.exit_code, done.output.startswith("BAR002 unused-suppression")) == (0, True)
    assert "Prefer:" in done.output
    assert run("--page", "BAR999").exit_code == 2


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    """The findings of the others are told, and the command ends as one that could not run."""
    put(tmp_path, UNUSED)
    (tmp_path / "q.bar").write_bytes(b"\xff\xfe")

    done = run(tmp_path)

    assert "BAR002" in done.output
    assert "q.bar` is not UTF-8" in str(done.exception)
