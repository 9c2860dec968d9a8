"""The files that `drawbar dev` starts for a contributor."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from click.testing import CliRunner

from app.cli.dev import dev
from app.docs.pages import lint_page, lint_parts
from app.policy import policies

RULE: Final = "dsl/lint/rules/wide_rule.py"
CORPUS: Final = "tests/corpus/lint/BAR999"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return the little of a checkout that the command asks for."""
    (tmp_path / "dsl" / "lint" / "rules").mkdir(parents=True)
    (tmp_path / "dsl" / "lint" / "registry.py").write_text("")
    return tmp_path


def start(root: Path, name: str, code: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    run = CliRunner().invoke(dev, ["new-lint-rule", name, "--code", code, "--root", str(root)])
    return run.exit_code, run.output


def made(root: Path) -> set[str]:
    return {f.relative_to(root).as_posix() for f in root.rglob("*") if f.is_file()}


def module(root: Path) -> ModuleType:
    """Import the new rule."""
    spec = importlib.util.spec_from_file_location("wide_rule", root / RULE)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_a_lint_rule_starts_with_its_file_and_its_policies(checkout: Path) -> None:
    """Three files are written, each is named, and the next step is said."""
    code, said = start(checkout, "wide-rule", "BAR999")

    files = {RULE, f"{CORPUS}/bad.bar", f"{CORPUS}/good.bar"}
    assert (0, files | {"dsl/lint/registry.py"}) == (code, made(checkout))
    assert {f"wrote {checkout / name}" for name in files} <= set(said.splitlines())
    assert "put `wide_rule` into" in said.splitlines()[-1]
    assert "drawbar dev docs" in said.splitlines()[-1]


def test_a_started_lint_rule_fires_on_its_bad_policy_alone(checkout: Path) -> None:
    """The rule works as it is, before anybody wrote a line of it."""
    start(checkout, "wide-rule", "BAR999")
    check = module(checkout).check

    def fired(name: str) -> list[str]:
        unit = policies.unit(checkout / CORPUS / name)
        assert unit.broken == ()
        return [finding.code for finding in check(unit)]

    assert (fired("bad.bar"), fired("good.bar")) == (["BAR999"], [])


def test_a_started_lint_rule_has_its_page(checkout: Path) -> None:
    """The docstring has the five parts that the page is made of; nothing is left in braces."""
    start(checkout, "wide-rule", "BAR999")
    rule = module(checkout)

    assert {"", "Why", "Avoid", "Prefer", "Fix"} == set(lint_parts(rule))
    assert lint_page(rule).startswith("# BAR999 wide-rule\n")
    assert not set("{}") & set((checkout / RULE).read_text())


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("../evil", "BAR999", "`../evil` is not small letters, digits and `-`"),
        ("wide_rule", "BAR999", "`wide_rule` is not small letters, digits and `-`"),
        ("import", "BAR999", "`import` is not small letters, digits and `-`"),
        ("wide-rule", "BAR9", "`BAR9` is not `BAR` and three digits"),
        ("wide-rule", "bar999", "`bar999` is not `BAR` and three digits"),
    ],
)
def test_what_is_no_name_and_no_code_is_a_usage_error(
    checkout: Path, name: str, code: str, said: str
) -> None:
    """Nothing is written, and the message says what is wanted."""
    ended, output = start(checkout, name, code)

    assert (2, {"dsl/lint/registry.py"}) == (ended, made(checkout))
    assert said in output


def test_nothing_is_overwritten(checkout: Path) -> None:
    """A code that is taken, or a file that is there, stops the command before it writes."""
    start(checkout, "wide-rule", "BAR999")
    before = made(checkout)

    assert start(checkout, "other-rule", "BAR999")[0] == 1
    assert start(checkout, "wide-rule", "BAR998")[0] == 1
    assert before == made(checkout)


def test_elsewhere_than_in_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    """The folders are not made up where there is no Drawbar."""
    assert start(tmp_path, "wide-rule", "BAR999")[0] == 1
    assert set() == made(tmp_path)
