"""Each way to install Drawbar, tried in a fresh environment and run from another folder."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
UV: Final = ROOT / ".uv" / "bin" / "uv"
POLICY: Final = "policy p version 1;\nrule r: allow read;\n"

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]


def run(*command: object, cwd: Path) -> str:
    """Run a command that must succeed, and return what it printed."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("DRAWBAR_")}
    environment.pop("VIRTUAL_ENV", None)
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        text=True,
        capture_output=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def copied(folder: Path) -> Path:
    """Copy what git would hand to somebody else into a folder, and return it."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout."""
    assert UV.is_file(), "run `make setup` first"
    return copied(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def dist(checkout: Path) -> Path:
    """Build sdist and wheel of the server; the wheel is built from the sdist."""
    folder = checkout / "dist"
    run(UV, "build", "--package", "drawbar-server", "--out-dir", folder, "--quiet", cwd=checkout)
    return folder


def environment(folder: Path, *install: object, cwd: Path) -> Path:
    """Make a fresh environment with something installed, and return its scripts."""
    run(UV, "venv", "--quiet", "--python", sys.executable, folder, cwd=cwd)
    python = folder / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--python", python, *install, cwd=cwd)
    return folder / "bin"


def use(scripts: Path, elsewhere: Path) -> None:
    """Lint, decide, and read the store: grammar, tables and migrations must have come along."""
    elsewhere.mkdir()
    policy = elsewhere / "p.bar"
    policy.write_text(POLICY)
    drawbar = scripts / "drawbar"

    assert run(drawbar, "version", cwd=elsewhere).startswith("drawbar 0.")
    assert "nothing to report" in run(drawbar, "lint", policy, cwd=elsewhere)
    call = '{"tool": "read", "args": {}}'
    assert run(drawbar, "check", "--policy", policy, "--call", call, cwd=elsewhere)
    key = run(drawbar, "keys", "create", "--scope", "check", cwd=elsewhere)
    assert key.startswith("drw_")
    assert run(drawbar, "decisions", cwd=elsewhere) == "nothing was decided yet\n"


def test_the_wheel_installs_and_runs(dist: Path, tmp_path: Path) -> None:
    """The wheel brings everything it needs."""
    (wheel,) = dist.glob("drawbar_server-*.whl")
    scripts = environment(tmp_path / "env", wheel, cwd=tmp_path)

    use(scripts, tmp_path / "elsewhere")


def test_the_wheel_built_from_the_sdist_installs_and_runs(dist: Path, tmp_path: Path) -> None:
    """The sdist alone is enough to build a wheel that works."""
    (sdist,) = dist.glob("drawbar_server-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    out = tmp_path / "dist"
    run(UV, "build", "--wheel", "--out-dir", out, "--quiet", source, cwd=tmp_path)
    (wheel,) = out.glob("*.whl")
    scripts = environment(tmp_path / "env", wheel, cwd=tmp_path)

    use(scripts, tmp_path / "elsewhere")


def test_an_editable_install_runs(checkout: Path, tmp_path: Path) -> None:
    """A checkout can be installed in place, and finds its migrations there."""
    scripts = environment(tmp_path / "env", "--editable", checkout, cwd=tmp_path)

    use(scripts, tmp_path / "elsewhere")


def test_uv_tool_install_from_the_checkout_runs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who only wants the linter or the gateway installs it as a tool."""
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
    monkeypatch.setenv("UV_TOOL_BIN_DIR", str(tmp_path / "bin"))
    run(UV, "tool", "install", "--quiet", "--python", sys.executable, ".", cwd=checkout)

    use(tmp_path / "bin", tmp_path / "elsewhere")


def test_the_sdk_installs_alone(checkout: Path, tmp_path: Path) -> None:
    """An agent's environment gets the client and nothing else."""
    scripts = environment(tmp_path / "env", checkout / "sdk" / "python", cwd=tmp_path)
    listed = run(UV, "pip", "list", "--python", scripts / "python", cwd=tmp_path)
    program = "from drawbar import Client; print(Client(key='k').check('t', {}).effect)"

    assert [line.split()[0] for line in listed.splitlines()[2:]] == ["drawbar"]
    assert run(scripts / "python", "-c", program, cwd=tmp_path) == "deny\n"


def test_the_packages_hold_what_they_should(dist: Path) -> None:
    """The wheel has grammar, tables, migrations and licence; neither holds tests or secrets."""
    (wheel,) = dist.glob("drawbar_server-*.whl")
    (sdist,) = dist.glob("drawbar_server-*.tar.gz")
    inside = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}

    needed = {"dsl/grammar.lark", "dsl/tables.json", "memory/_migrations/env.py"}
    assert needed <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    tops = {name.partition("/")[0] for name in inside if ".dist-info" not in name}
    assert tops == {"app", "dsl", "guards", "memory"}
    assert not any(name.startswith(("tests", "bench", "var", ".venv", "sdk")) for name in packed)
