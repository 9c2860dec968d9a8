"""The hooks, as pre-commit itself runs them: installed from this checkout, in a real repository."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.test_install import copied, environment, run

# Where this version is named in docs/lint-in-ci.md, it is this one that was tried.
PRE_COMMIT: Final = "pre-commit==4.7.0"
IDENTITY: Final = ("-c", "user.name=n", "-c", "user.email=n@example.com")
CONFIG: Final = """\
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - id: drawbar-lint
        args: [--strict]
      - id: drawbar-fmt
      - id: drawbar-lint
        name: everything
        files: ^policies/
        pass_filenames: false
        args: [--strict, policies]
"""
TOOLS: Final = '[{"name": "pay", "inputSchema": {"properties": {"amount": {"type": "number"}}}}]'
GOOD: Final = """\
policy p version 1;

use tools "p.tools.json";

rule small:
  allow pay
  when args.amount <= 100;

test "small" {
  call pay(amount: 5);
  expect allow by small;
}
"""
WITHOUT_TOOLS: Final = GOOD.replace('use tools "p.tools.json";\n\n', "")
WARNS: Final = 'policy q version 1;\n\ndefault allow because "a trial";\n'

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository whose commits go through our hooks."""
    folder = tmp_path_factory.mktemp("hooked")
    hooks = copied(folder / "hooks")
    git("init", "--quiet", cwd=hooks)
    git("add", "--all", cwd=hooks)
    git("commit", "--quiet", "--message", "a checkout", cwd=hooks)
    revision = git("rev-parse", "HEAD", cwd=hooks).strip()
    scripts = environment(folder / "env", PRE_COMMIT, cwd=folder)
    repository = folder / "repository"
    (repository / "policies" / "team a").mkdir(parents=True)
    git("init", "--quiet", cwd=repository)
    config = CONFIG.format(hooks=hooks, revision=revision)
    (repository / ".pre-commit-config.yaml").write_text(config, "utf-8")
    run(scripts / "pre-commit", "install", cwd=repository)
    first = {"p.bar": GOOD, "p.tools.json": TOOLS, "team a/q.bar": WITHOUT_TOOLS}
    code, said = commit(repository, first)
    assert code == 0, said
    return repository


def git(*arguments: str, cwd: Path) -> str:
    return run("git", *IDENTITY, *arguments, cwd=cwd)


def commit(repository: Path, files: dict[str, str], *, add: str = "--all") -> tuple[int, str]:
    """Write policies, stage and commit; return git's code and what the hooks said.

    What is refused is taken back, so that a test leaves nothing to the next.
    """
    for name, text in files.items():
        (repository / "policies" / name).write_text(text, "utf-8")
    git("add", add, cwd=repository)
    home = {"PRE_COMMIT_HOME": str(repository.parent / "home")}  # where it installs our hooks
    ran = subprocess.run(
        ["git", *IDENTITY, "commit", "--message", "policies"],
        cwd=repository,
        env={**os.environ, **home},
        text=True,
        capture_output=True,
        timeout=500,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def undo(repository: Path) -> None:
    """Go back to the last commit."""
    git("reset", "--quiet", "--hard", cwd=repository)
    git("clean", "--quiet", "--force", cwd=repository)


def test_hooks_let_good_policies_pass(repository: Path) -> None:
    """Several policies at once, in files and folders with spaces, each with its tools file."""
    files = {"o.bar": GOOD, "team a/the same.bar": GOOD, "team a/p.tools.json": TOOLS}

    code, said = commit(repository, files)

    assert (code, said.count("Passed")) == (0, 3), said
    assert git("status", "--short", cwd=repository) == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [(GOOD.replace("rule", "rul"), "5:1: error BAR101"), (WARNS, "3:1: warning BAR401")],
)
def test_hooks_stop_errors_and_warnings(repository: Path, text: str, place: str) -> None:
    """An error stops the commit, and so does a warning, since the hook is strict."""
    code, said = commit(repository, {"team a/b c.bar": text, "d.bar": GOOD})
    undo(repository)

    assert (code, f"policies/team a/b c.bar:{place}" in said) == (1, True), said


def test_hooks_lay_policies_out(repository: Path) -> None:
    """A policy in another layout is rewritten and stops the commit; the next one passes."""
    untidy = {"p.bar": GOOD.replace("  allow", "      allow")}

    code, said = commit(repository, untidy)
    assert (code, "files were modified by this hook" in said) == (1, True)
    assert (repository / "policies" / "p.bar").read_text("utf-8") == GOOD
    undo(repository)


def test_hooks_see_a_tools_file_that_changes_alone(repository: Path) -> None:
    """No policy is handed over, and the hook that lints the folder fails all the same."""
    code, said = commit(repository, {"p.tools.json": TOOLS.replace("amount", "sum")})
    undo(repository)

    assert (code, said.count("Skipped"), "BAR103" in said) == (1, 2, True), said


def test_hooks_see_what_is_staged(repository: Path) -> None:
    """A change of the tools file that is not staged does not count; a file git has not, does."""
    other = GOOD.replace("amount", "sum")
    changed = {"p.bar": other, "p.tools.json": TOOLS.replace("amount", "sum")}

    code, said = commit(repository, changed, add="policies/p.bar")
    undo(repository)
    assert (code, "`pay` has no argument `sum`" in said) == (1, True), said

    fresh = {"q.bar": GOOD.replace("p.tools", "q.tools"), "q.tools.json": TOOLS}
    code, said = commit(repository, fresh, add="policies/q.bar")
    assert (code, said.count("Passed")) == (0, 3), said
