"""Each fix mends what its finding reports, and breaks nothing."""

from pathlib import Path

import pytest

from app.cli.mending import mend
from app.policy import policies
from dsl.lint.levels import Levels
from dsl.lint.registry import LINT_RULES
from dsl.lint.run import lint

CORPUS = Path(__file__).parents[2] / "corpus" / "lint"
CODES = [rule.code for rule, _ in LINT_RULES]
# Which codes have a fix, and whether it is safe.
FIXED = {
    "BAR002": True,
    "BAR101": False,
    "BAR103": False,
    "BAR104": False,
    "BAR107": False,
    "BAR110": False,
    "BAR111": False,
    "BAR112": False,
    "BAR113": False,
    "BAR203": False,
    "BAR303": False,
    "BAR403": False,
    "BAR417": False,
    "BAR502": False,
    "BAR503": False,
    "BAR504": False,
    "BAR506": False,
    "BAR603": False,
    "BAR606": True,
}
# Those whose bad policy has a fault that no program can mend; other tests show what they mend.
OTHERWISE = {"BAR107", "BAR502"}


@pytest.mark.parametrize("code", CODES)
def test_a_fix_takes_its_finding_away(code: str) -> None:
    """What has a fix is gone afterwards, the policy loads, and nothing worse is reported."""
    file = CORPUS / code / "bad.bar"
    unit = policies.unit(file)
    found = [one for one in lint(unit) if one.code == code and one.fix is not None]
    mended = mend(file, Levels(), unsafe=True)
    left = lint(mended.unit)

    assert bool(found) == (code in FIXED and code not in OTHERWISE)
    if found:
        assert {one.fix.safe for one in found if one.fix} == {FIXED[code]}
        before = [one.code for one in lint(unit)]
        assert [one.code for one in left].count(code) < before.count(code)
        assert len(mended.unit.broken) <= len(unit.broken)
        assert len(left) < len(before)


@pytest.mark.parametrize("code", sorted(FIXED))
def test_the_page_says_what_the_fix_does(code: str) -> None:
    """A page that promises a fix says whether it is safe; one without a fix promises none."""
    page = (Path(__file__).parents[3] / "docs" / "lint" / f"{code}.md").read_text("utf-8")
    said = page.partition("## Fix\n\n")[2]

    assert said.startswith("Safe" if FIXED[code] else "Unsafe")


def test_no_other_page_promises_a_fix() -> None:
    """What cannot be mended by a program says `None`."""
    for code in set(CODES) - set(FIXED):
        page = (Path(__file__).parents[3] / "docs" / "lint" / f"{code}.md").read_text("utf-8")
        assert page.partition("## Fix\n\n")[2].startswith("None"), code


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('args.cc == "a"', 'args.cc? == "a"'),
        ('args.to == "x" and args.cc == "a"', 'args.to == "x" and args.cc? == "a"'),
        ("args.to matches /.*x.*/", "args.to matches /(?s).*x.*/"),
    ],
)
def test_what_is_written_lands_where_it_belongs(
    condition: str, expected: str, tmp_path: Path
) -> None:
    """The `?` stands behind the argument that may be absent, `(?s)` in front of the pattern."""
    (tmp_path / "t.json").write_text(
        '[{"name": "mail", "inputSchema": {"type": "object", "properties": {"to": {"type": '
        '"string"}, "cc": {"type": "string"}}, "required": ["to"]}}]',
        "utf-8",
    )
    head = 'policy p version 1; use tools "t.json";\n'
    file = tmp_path / "p.bar"
    file.write_text(f"{head}rule r: deny mail when {condition};\n", "utf-8")

    assert mend(file, Levels(), unsafe=True).unit.source.text == (
        f"{head}rule r: deny mail when {expected};\n"
    )


def test_a_test_of_the_length_is_put_in_front(tmp_path: Path) -> None:
    """The empty list that passed is refused afterwards."""
    head = "policy p version 1;\n"
    file = tmp_path / "p.bar"
    file.write_text(f'{head}rule r: allow mail when all a in args.to: a == "x";\n', "utf-8")

    assert mend(file, Levels(), unsafe=True).unit.source.text == (
        f'{head}rule r: allow mail when len(args.to) > 0 and all a in args.to: a == "x";\n'
    )


def test_where_all_fixes_together_break_a_policy_the_others_are_made(tmp_path: Path) -> None:
    """A fact that only a test gives cannot be taken out; the unused value beside it can."""
    file = CORPUS / "BAR603" / "bad.bar"
    text = mend(file, Levels(), unsafe=True).unit.source.text

    assert "let payees" not in text
    assert "table limits" not in text
    assert "fact strike = given" in text
