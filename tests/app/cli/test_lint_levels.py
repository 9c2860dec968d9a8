"""Levels of a project's own: raised freely, lowered with a reason, and never out of sight."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import settings
from app.cli.levels import read
from app.cli.lint import lint
from dsl.errors import DrawbarError

WARNS = 'policy p version 1;\ndefault allow because "trial";\n'


def run(folder: Path, levels: str, *arguments: str) -> Result:
    (folder / "p.bar").write_text(WARNS, "utf-8")
    config = folder / "levels.toml"
    config.write_text(f"[lint.levels]\n{levels}\n", "utf-8")
    return CliRunner().invoke(lint, ["--config", str(config), *arguments, str(folder / "p.bar")])


def test_a_warning_can_be_made_an_error(tmp_path: Path) -> None:
    """Raising a level needs no reason, and makes the command fail."""
    raised = run(tmp_path, 'BAR401 = "error"')

    assert (raised.exit_code, run(tmp_path, "").exit_code) == (3, 0)
    assert "error BAR401" in raised.output


def test_a_rule_can_be_turned_off_with_a_reason(tmp_path: Path) -> None:
    """What is off is not reported, not even with --strict."""
    off = 'BAR401 = { level = "off", because = "a trial, until May" }'

    assert (run(tmp_path, off, "--strict").exit_code, run(tmp_path, "", "--strict").exit_code) == (
        0,
        3,
    )


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ('BAR401 = "off"', "`BAR401` is lowered without a reason"),
        ('BAR401 = { level = "info", because = " " }', "`BAR401` is lowered without a reason"),
        ('BAR999 = "off"', "there is no lint rule `BAR999`"),
        ('bar401 = "error"', "did you mean `BAR401`?"),
        ('BAR101 = { level = "off", because = "x" }', "the level of `BAR101` cannot be changed"),
        ('BAR401 = "fatal"', "`BAR401` needs a level, one of `off`, `info`, `warning`, `error`"),
        ("BAR401 = 3", "`BAR401` needs a level"),
        ("BAR401 = { because = 'x' }", "`BAR401` needs a level"),
        ("BAR401 = { level = 'off', because = 1 }", "`BAR401` needs a level"),
        ("BAR401 = { level = 'off', why = 'x' }", "there is no `why` in `BAR401`"),
        ("[lint.level]", "there is no `level` in `lint`"),
        ("[lint.levels", "cannot be read"),
    ],
)
def test_a_mistake_in_the_levels_is_refused(tmp_path: Path, levels: str, said: str) -> None:
    """A level that is not understood never silently turns a lint rule off."""
    refused = run(tmp_path, levels)

    assert isinstance(refused.exception, DrawbarError)
    assert said in str(refused.exception)


def test_a_table_of_another_shape_is_refused(tmp_path: Path) -> None:
    """`lint` holds the table `levels` and nothing else."""
    file = tmp_path / "levels.toml"
    for text in ("lint = 1", "lint = { levels = 1 }"):
        file.write_text(text, "utf-8")
        with pytest.raises(DrawbarError, match="must be a table"):
            read(file)


def test_the_file_beside_is_read_and_the_gateway_minds_it_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One `drawbar.toml` serves both: the linter takes its table, the gateway the rest."""
    (tmp_path / "drawbar.toml").write_text('port = 9\n[lint.levels]\nBAR401 = "error"\n', "utf-8")
    monkeypatch.chdir(tmp_path)

    assert (read(None).by_code, settings.load({}).port) == ({"BAR401": "error"}, 9)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    """Whoever names a file wants it read."""
    with pytest.raises(DrawbarError, match="cannot be read"):
        read(tmp_path / "none.toml")


def test_a_suppression_of_a_rule_that_is_off_still_counts_as_used(tmp_path: Path) -> None:
    """Turning a rule off in one project does not make its suppressions mistakes."""
    (tmp_path / "levels.toml").write_text(
        '[lint.levels]\nBAR401 = { level = "off", because = "x" }\n', "utf-8"
    )
    policy = tmp_path / "p.bar"
    policy.write_text(
        'policy p version 1;\ndefault allow because "t"; # lint: ignore BAR401 because y\n', "utf-8"
    )
    done = CliRunner().invoke(
        lint, ["--strict", "--config", str(tmp_path / "levels.toml"), str(policy)]
    )

    assert done.exit_code == 0
