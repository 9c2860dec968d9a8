"""Lines of documents that rules name."""

from pathlib import Path

import pytest

from app.policy import policies
from dsl.lint.run import lint
from tests.expect import HEADER, expect_error, findings


def said(folder: Path, source: str) -> list[tuple[str, str]]:
    """Lint a rule that names a document, which has three lines; return what is told and where."""
    (folder / "rules").mkdir(exist_ok=True)
    for name in ("a.md", "rules/b.md"):
        (folder / name).write_text("# Rules\n\nNever pay.\n", "utf-8")
    path = folder / "p.bar"
    path.write_text(f"{HEADER}rule r: deny pay source {source};\n", "utf-8")
    unit = policies.unit(path)
    return [(one.message, unit.source.text[one.span.start : one.span.end]) for one in lint(unit)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"a.md" line 1', None),
        ('"a.md" line 3', None),
        ('"a.md" line 2', "nothing stands in line 2 in `a.md`"),
        ('"a.md" line 4', "there is no line 4 in `a.md`"),
        ('"rules/b.md" line 9', "there is no line 9 in `rules/b.md`"),
        ('"./a.md" line 9', "there is no line 9 in `./a.md`"),
        ('"none.md" line 9', None),
        ('"../p/a.md" line 9', None),
        ('"rules" line 9', None),
    ],
)
def test_a_line_is_looked_up(tmp_path: Path, source: str, expected: str | None) -> None:
    """In documents that lie with the policy; of others nothing is said."""
    folder = tmp_path / "p"
    folder.mkdir()

    assert said(folder, source) == ([(expected, f"source {source}")] if expected else [])


def test_what_is_no_text_is_not_looked_up(tmp_path: Path) -> None:
    """Nor what is too large, or no file."""
    (tmp_path / "a.pdf").write_bytes(b"\xff\xfe\x00")

    assert said(tmp_path, '"a.pdf" line 9') == []


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    """An absolute name is not followed."""
    other = tmp_path / "other.md"
    other.write_text("one line\n", "utf-8")
    folder = tmp_path / "p"
    folder.mkdir()

    assert said(folder, f'"{other}" line 9') == []


def test_the_rarer_spelling_of_a_document_is_underlined() -> None:
    """The clause, with what the others write."""
    expect_error(
        """
        rule b: deny give source "rules.md" line 2; rule c: deny go source "rules.md" line 3;
        rule a: deny pay source "Rules.md" line 1;
                         ^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        code="BAR608",
        message="other rules write `rules.md` for this document",
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("rules.md", "./rules.md", True),
        ("docs/rules.md", "docs\\\\rules.md", True),
        ("rules.md", "docs/rules.md", False),
        ("rules.md", "rules2.md", False),
    ],
)
def test_another_document_is_another(one: str, other: str, *, same: bool) -> None:
    """Only case and the way to write the folder make no other name."""
    text = f'rule a: deny pay source "{one}" line 1; rule b: deny give source "{other}" line 1;'

    assert [found.code for found in findings(HEADER + text)] == (["BAR608"] if same else [])
