"""The checks of `make check` catch what they are there for: each is shown one planted fault."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SCRIPTS: Final = Path(sys.executable).parent
COPIED: Final = (
    "app",
    "dsl",
    "guards",
    "memory",
    "migrations",
    "sdk",
    "docs/reference",
    "docs/lint",
    "tests/corpus/fail_open",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the source, free to be spoilt."""
    for name in COPIED:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "docs" / "fail-open.md", tmp_path / "docs")
    return tmp_path


def holds(*command: str, cwd: Path) -> bool:
    """Run a check on the copy; tell whether it passes."""
    path = f"{cwd}{os.pathsep}{cwd / 'sdk' / 'python' / 'src'}"
    ran = subprocess.run(
        [str(SCRIPTS / command[0]), *command[1:]],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return ran.returncode == 0


def test_a_function_that_was_just_started_passes_its_tests(copy: Path) -> None:
    """The scaffold leaves a registered, documented, passing function, and overwrites nothing."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=ignore, dirs_exist_ok=True)
    start = ("python", "-m", "app.cli", "dev", "new-function", "shout")

    assert holds(*start, cwd=copy)
    assert not holds(*start, cwd=copy)
    assert not holds(*start[:-1], "../evil", cwd=copy)
    tests = ("tests/dsl/functions/test_shout.py", "tests/dsl/test_functions.py")
    assert holds(
        "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "shout or registry", cwd=copy
    )


def test_a_planted_import_from_dsl_to_app_fails(copy: Path) -> None:
    """The import contracts hold, and break when dsl imports app."""
    before = holds("lint-imports", "--no-cache", cwd=copy)
    with (copy / "dsl" / "model.py").open("a") as file:
        file.write("\nimport app.settings\n")

    assert before
    assert not holds("lint-imports", "--no-cache", cwd=copy)


def test_a_decision_that_looks_for_similar_calls_is_found(copy: Path) -> None:
    """What decides cannot reach what compares calls for people, also by way of a helper."""
    with (copy / "app" / "learning" / "noticing.py").open("a") as file:
        file.write("\nimport memory.similar.looking\n")

    assert not holds("lint-imports", "--no-cache", cwd=copy)


@pytest.mark.parametrize("handler", ["except:", "except Exception:"])
def test_a_planted_broad_handler_fails(copy: Path, handler: str) -> None:
    """The linter refuses a handler that swallows everything."""
    before = holds("ruff", "check", "--no-cache", "memory", cwd=copy)
    with (copy / "memory" / "ids.py").open("a") as file:
        file.write(f"\n\ntry:\n    ALPHABET = _ALPHABET\n{handler}\n    ALPHABET = None\n")

    assert before
    assert not holds("ruff", "check", "--no-cache", "memory", cwd=copy)


@pytest.mark.locked
def test_a_planted_setting_without_a_row_fails(copy: Path) -> None:
    """A setting that the reference does not show makes the pages out of date."""
    program = ("-m", "app.cli", "dev", "docs", "--check")
    before = holds("python", *program, cwd=copy)
    file = copy / "app" / "settings.py"
    planted = '    planted: int = Field(1, description="Nobody documented this.")\n    data: Path ='
    file.write_text(file.read_text().replace("    data: Path =", planted, 1))

    assert before
    assert not holds("python", *program, cwd=copy)
