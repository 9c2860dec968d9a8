"""Findings as other programs read them."""

from pathlib import Path

import pytest

from app.cli.github import annotation, in_message, in_property
from dsl.errors import Finding, Source, Span
from tests.command import drawbar

HEAD = "policy p version 1;\n"
WARNS = 'default allow because "trial";\n'


def lint(*arguments: object, cwd: Path, root: Path | None = None) -> tuple[int, str]:
    """Run `drawbar lint` as on a build server whose workspace is `root`; return code and output."""
    env = {"GITHUB_WORKSPACE": "" if root is None else str(root)}
    run = drawbar("lint", *arguments, cwd=cwd, env=env)
    assert run.stderr == ""
    return run.returncode, run.stdout


def put(folder: Path, name: str, text: str) -> Path:
    """Write a policy."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_github_gets_a_command_a_finding_and_a_summary(tmp_path: Path) -> None:
    """Each finding is one line with its place, code and help; the summary closes the log."""
    put(tmp_path, "p.bar", HEAD + WARNS + "rule x: alow y;\n")

    expected = (
        "::warning file=p.bar,line=2,endLine=2,col=1,endColumn=31,title=BAR401::"
        "every call that no rule speaks of is allowed%0A"
        "help: name the tools to allow in a rule, and leave the default at deny\n"
        "::error file=p.bar,line=3,endLine=3,col=9,endColumn=13,title=BAR101::"
        "`alow` does not belong here: expected `allow`, `ask` or `deny`%0A"
        "help: did you mean `allow`?\n"
        "1 file: 1 error, 1 warning (1 with --fix --unsafe-fixes)\n"
    )
    assert (3, expected) == lint("--format", "github", "p.bar", cwd=tmp_path)


def test_github_gets_the_summary_alone_where_all_is_well(tmp_path: Path) -> None:
    """Without a finding there is no command, and the exit code is 0."""
    put(tmp_path, "p.bar", HEAD)

    expected = (0, "1 file: nothing to report\n")
    assert expected == lint("--format", "github", "p.bar", cwd=tmp_path)


def test_paths_are_told_from_the_root_of_the_repository(tmp_path: Path) -> None:
    """However a file is named and wherever the step runs, GitHub finds it in the repository."""
    file = put(tmp_path, "rules/p.bar", HEAD + WARNS)
    named = ("file=rules/p.bar,", ("./p.bar", "../rules/p.bar", file))

    for name in named[1]:
        _, said = lint("--format", "github", name, cwd=file.parent, root=tmp_path)
        assert named[0] in said
    _, outside = lint("--format", "github", file, cwd=Path("/"), root=Path("/nowhere"))
    assert f"file={file.relative_to('/').as_posix()}," in outside


@pytest.mark.parametrize(
    ("text", "message", "prop"),
    [
        ("plain", "plain", "plain"),
        ("100%", "100%25", "100%25"),
        ("%0A", "%250A", "%250A"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
    ],
)
def test_what_would_end_a_command_is_escaped(text: str, message: str, prop: str) -> None:
    """Percent and line ends are escaped everywhere, colon and comma in properties."""
    assert (message, prop) == (in_message(text), in_property(text))


def test_no_text_of_a_policy_starts_a_command() -> None:
    """A message, a help or a file name that holds line ends stays one line."""
    source = Source("a\n::error::b,c:d.bar", "x")
    finding = Finding("BAR101", "m\n::error::n", Span(0, 1), "info", "h\r::stop-commands::t")

    written = annotation(source, finding)

    assert len(written.splitlines()) == 1
    start = "::notice file=a%0A%3A%3Aerror%3A%3Ab%2Cc%3Ad.bar,line=1,"
    assert start == written[: len(start)]


def test_github_gets_no_columns_where_a_finding_spans_lines() -> None:
    """Columns of a range over several lines are refused by GitHub, so they are left out."""
    finding = Finding("BAR105", "m", Span(1, 4))

    expected = "::error file=p.bar,line=1,endLine=2,title=BAR105::m"
    assert expected == annotation(Source("p.bar", "ab\ncd"), finding)
