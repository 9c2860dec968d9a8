"""Policies are loaded together with their tools, and only where they fit them."""

import json
from pathlib import Path

import pytest

from app.policy import policies
from dsl.lint.run import lint
from tests.expect import HEADER

TEXT = {"type": "string"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    listed = [
        {"name": "send", "inputSchema": {"properties": {"amount": TEXT}, "required": ["amount"]}}
    ]
    (tmp_path / "t.json").write_text(json.dumps(listed))
    return tmp_path


def written(folder: Path, text: str) -> Path:
    (folder / "p.bar").write_text(HEADER + text)
    return folder / "p.bar"


MIXED, FITS = "rule r: deny send when args.amount > 3;", 'rule r: deny send when args.amount > "3";'


def test_a_policy_that_does_not_fit_its_tools_is_not_loaded(folder: Path) -> None:
    """The gateway refuses it with place and reason, and takes what fits."""
    use = 'use tools "t.json";\n'
    with pytest.raises(policies.PoliciesError, match="`send` declares `amount` as a text"):
        policies.load([written(folder, use + MIXED)])

    assert len(policies.load([written(folder, use + FITS)]).bound) == 1


def test_tools_given_instead_count_as_well(folder: Path) -> None:
    """Tools that the caller names stand for those of the file, for a policy without any too."""
    file = written(folder, MIXED)
    with pytest.raises(policies.PoliciesError, match="BAR201"):
        policies.load([file], folder / "t.json")

    assert len(policies.load([file]).bound) == 1


def test_the_linter_tells_it_among_the_rest(folder: Path) -> None:
    """One mistake is one finding; a policy that is broken otherwise has that mended first."""
    use = 'use tools "t.json";\n'
    codes = [
        [one.code for one in lint(policies.unit(written(folder, use + text)))]
        for text in (MIXED, FITS, MIXED + "rule s: deny send when arg.x;")
    ]

    assert codes == [["BAR201"], [], ["BAR107"]]
