"""The GitHub Action and the hooks, as far as they run without the network."""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from tests.app.cli.test_lint_formats import HEAD, WARNS, put

ROOT: Final = Path(__file__).parents[3]
SCRIPTS: Final = Path(sys.executable).parent
# PyYAML comes with uvicorn, and has no types.
_read: Final[Any] = import_module("yaml").safe_load
ACTION: Final[dict[str, Any]] = _read((ROOT / "deploy/github-action/action.yml").read_text("utf-8"))
HOOKS: Final[dict[str, Any]] = {
    hook["id"]: hook for hook in _read((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
# A stand-in for Python that notes how it was called, and makes the environment it was asked for.
PYTHON: Final = """\
#!/bin/bash
printf '%s\\n' "$@" >> "$RUNNER_TEMP/calls"
if [ "$2" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi
"""


def step(name: str, **values: str) -> tuple[str, dict[str, str]]:
    """Return a step's script, and its variables with each expression filled in."""
    (found,) = (one for one in ACTION["runs"]["steps"] if one.get("name") == name)
    assert found["shell"] == "bash"
    return found["run"], {key: _filled(text, values) for key, text in found["env"].items()}


def _filled(expression: str, values: dict[str, str]) -> str:
    """Evaluate the few kinds of expression that the action has."""
    inputs = {name: one["default"] for name, one in ACTION["inputs"].items()}
    known = {f"inputs.{name}": text for name, text in inputs.items()}
    known |= {f"inputs.{name}": text for name, text in values.items()}
    known["steps.python.outputs.python-path"] = values.get("python", "")
    here = str(ROOT / "deploy" / "github-action")
    name, _, other = expression.removeprefix("${{ ").removesuffix(" }}").partition(" || ")
    assert other in ("", "format('{0}/../..', github.action_path)")
    return known[name] or (f"{here}/../.." if other else "")


def shell(
    script: str, variables: dict[str, str], *, cwd: Path, temp: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a script as a runner would."""
    temp.mkdir(exist_ok=True)
    environment = {**os.environ, **variables, "RUNNER_TEMP": str(temp)}
    environment["GITHUB_WORKSPACE"] = str(cwd)
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=environment, text=True, capture_output=True, timeout=60, check=False
    )


def lint(folder: Path, **inputs: str) -> tuple[int, str]:
    """Run the action's last step with the Drawbar of this checkout."""
    drawbar = put(folder, "temp/drawbar/bin/drawbar", "")
    drawbar.write_text(f'#!/bin/bash\nexec {shlex.quote(sys.executable)} -m app.cli "$@"\n')
    drawbar.chmod(0o755)
    work = folder / "work"
    ran = shell(*step("Lint", **inputs), cwd=work, temp=folder / "temp")
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("given", ["", "/some where/drawbar.whl"])
def test_the_action_installs_its_own_checkout_or_what_is_given(tmp_path: Path, given: str) -> None:
    """Into an environment of its own; nothing is installed by a name."""
    python = put(tmp_path, "python", PYTHON)
    python.chmod(0o755)
    temp = tmp_path / "temp"

    ran = shell(
        *step("Install Drawbar", python=str(python), **{"from": given}), cwd=tmp_path, temp=temp
    )

    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
    *_, installed = (temp / "calls").read_text().splitlines()
    assert (given or f"{ROOT}/deploy/github-action/../..") == installed
    assert (Path(installed) / "pyproject.toml").is_file() or given


def test_the_action_annotates_and_fails_on_errors(tmp_path: Path) -> None:
    """Folders and files, also with spaces, one a line; warnings fail when strict."""
    put(tmp_path, "work/a b/p.bar", HEAD + WARNS)
    put(tmp_path, "work/q.bar", HEAD)
    two = "a b\n\nq.bar\n"

    code, said = lint(tmp_path, paths=two)
    assert (code, said.startswith("::warning file=a b/p.bar,line=2,")) == (0, True)
    assert said.splitlines(keepends=True)[-1] == "2 files: 1 warning\n"
    assert (3, said) == lint(tmp_path, paths=two, strict="true")
    assert (
        lint(tmp_path, strict="true")[0],
        ACTION["inputs"]["paths"]["default"] == ".",
    ) == (3, True)


def test_the_action_writes_sarif_beside_the_annotations(tmp_path: Path) -> None:
    """The log holds the findings, and errors still fail; where lint cannot run there is no log."""
    put(tmp_path, "work/p.bar", HEAD + "rule x: alow y;\n")
    file = tmp_path / "work" / "a b.sarif"

    code, said = lint(tmp_path, sarif="a b.sarif")
    assert (code, said.startswith("::error file=p.bar,line=2,")) == (3, True)
    (run,) = json.loads(file.read_text("utf-8"))["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["BAR101"]
    (tmp_path / "work" / "p.bar").write_text(HEAD)
    assert lint(tmp_path, sarif="a b.sarif")[0] == 0
    assert json.loads(file.read_text("utf-8"))["runs"][0]["results"] == []
    none = (1, "drawbar: there is no file or folder `nowhere`\n")
    assert (none, False) == (lint(tmp_path, paths="nowhere", sarif="a b.sarif"), file.exists())


@pytest.mark.parametrize("path", ["$(touch owned)", "; touch owned", "`touch owned`", "--strict"])
def test_a_path_is_never_a_command(tmp_path: Path, path: str) -> None:
    """What stands in an input is a file's name and nothing else."""
    (tmp_path / "work").mkdir()

    expected = (1, f"drawbar: there is no file or folder `{path}`\n")
    assert expected == lint(tmp_path, paths=path)
    nowhere = (1, "drawbar: there is no file or folder `nowhere`\n")
    assert nowhere == lint(tmp_path, paths="nowhere", sarif=path)
    assert list((tmp_path / "work").iterdir()) == []


def test_no_input_is_written_into_a_script() -> None:
    """Expressions stand in variables only: in a script they would be run."""
    scripts = [one["run"] for one in ACTION["runs"]["steps"] if "run" in one]

    assert (len(scripts), [text for text in scripts if "${{" in text]) == (2, [])


def test_the_page_describes_every_input() -> None:
    """Each input has its row, with its default."""
    page = (ROOT / "docs" / "lint-in-ci.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (?:`([^`]*)` )?\|$", page, re.MULTILINE))
    defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}

    assert defaults == {name: rows.get(name) for name in defaults}


def hook(name: str, *files: str, cwd: Path) -> tuple[int, str]:
    """Run a hook's entry on files, as pre-commit does after it has installed the repository."""
    program, *arguments = shlex.split(HOOKS[name]["entry"])
    command = [str(SCRIPTS / program), *arguments, *files]
    ran = subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=60, check=False)
    return ran.returncode, ran.stdout


def test_the_hook_lints_what_is_committed(tmp_path: Path) -> None:
    """A broken policy stops the commit, a good one does not."""
    put(tmp_path, "good.bar", HEAD)
    put(tmp_path, "bad.bar", HEAD + "rule x: alow y;\n")

    assert hook("drawbar-lint", "good.bar", cwd=tmp_path) == (0, "1 file: nothing to report\n")
    assert hook("drawbar-lint", "good.bar", "bad.bar", cwd=tmp_path)[0] == 3


def test_the_hook_lays_out_what_is_committed(tmp_path: Path) -> None:
    """pre-commit sees the change that is made, and nothing changes a second time."""
    file = put(tmp_path, "p.bar", HEAD + "rule   x :  allow   y ;\n")

    assert hook("drawbar-fmt", "p.bar", cwd=tmp_path)[0] == 0
    once = file.read_text()
    hook("drawbar-fmt", "p.bar", cwd=tmp_path)

    assert (True, once) == ("rule x: allow y;" in once, file.read_text())


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_hooks_get_policies_alone(name: str) -> None:
    """Nothing but files of policies is handed to a hook."""
    files = ["p.bar", "a/b.bar", "P.BAR", "p.bar.txt", "bar", "p.json"]

    assert files[:3] == [file for file in files if re.search(HOOKS[name]["files"], file)]
