"""Makes the environment that `make vllm-test` serves models from: `environment.py FOLDER [PYTHON]`.

It is apart from everything else: vLLM pins much of what Drawbar uses too (docs/adr/0004). About
6 GB, and some minutes; nothing is done where it stands already.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REQUIREMENTS = HERE / "requirements.txt"
MODELS = HERE / "models.py"
WANTED = (3, 12)
VERSION = "0.32.0+cpu"
ROOM_GB = 8
NEEDS = (
    "vLLM needs Python 3.12, and none was found on the PATH or in pyenv's folder; "
    "name one with: make vllm-test VLLM_PYTHON=/path/to/python3.12"
)


def pythons(named: str | None) -> Iterator[str]:
    """Yield where Python 3.12 may be; pyenv's command of that name need not work by itself."""
    if named:
        yield named
        return
    yield "python3.12"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(one) for one in sorted(pyenv.glob("versions/3.12*/bin/python3.12")))


def python(named: str | None) -> str:
    """Return a Python that vLLM can be installed for, or end with what is missing."""
    asks = f"import sys; sys.exit(sys.version_info[:2] != {WANTED})"
    for one in pythons(named):
        try:
            done = subprocess.run([one, "-c", asks], capture_output=True, check=False)  # noqa: S603
        except OSError:
            continue
        if done.returncode == 0:
            return one
    raise SystemExit(NEEDS)


def refuse_machine(folder: Path) -> None:
    """End where it cannot work, before gigabytes are fetched."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise SystemExit("vLLM is tried on Linux on x86_64 only; this machine is another one")
    free = shutil.disk_usage(folder.parent).free >> 30
    if free < ROOM_GB:
        raise SystemExit(f"{ROOM_GB} GB of disk are needed for vLLM, and {free} are free")


def run(*command: str) -> None:
    """Run a step and show what it says, or end."""
    kept = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=False, cwd=ROOT, env=kept)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"`{' '.join(command[:4])} ...` failed; what it said stands above")


def install(folder: Path, named: str | None) -> None:
    """Make the environment anew."""
    found = python(named)
    refuse_machine(folder)
    uv = str(ROOT / ".uv" / "bin" / "uv")
    print("Installing vLLM for a processor: 6 GB, some minutes ...", flush=True)
    run(uv, "venv", "--quiet", "--clear", "--python", found, str(folder))
    into = ("--python", str(folder), "--no-deps", "--requirement", str(REQUIREMENTS))
    # Compiled now, once; else each start of a server compiles thousands of files.
    run(uv, "pip", "install", "--compile-bytecode", *into)
    name_it(folder)


def name_it(folder: Path) -> None:
    """Give vLLM the name that it looks itself up by: the package for processors has another one."""
    (packages,) = folder.glob("lib/python3.12/site-packages")
    about = packages / f"vllm-{VERSION}.dist-info"
    about.mkdir(exist_ok=True)
    told = f"Metadata-Version: 2.1\nName: vllm\nVersion: {VERSION}\n"
    (about / "METADATA").write_text(told, "utf-8")


def digest(*paths: Path) -> str:
    """Return what changes where one of the files does."""
    return hashlib.sha256(b"".join(one.read_bytes() for one in paths)).hexdigest()


def main() -> None:
    """Install, and make the models, where either is not as it should be."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit("usage: environment.py FOLDER [PYTHON]")
    folder, named = Path(sys.argv[1]).absolute(), (sys.argv[2:] or [""])[0] or None
    stamp, wanted = folder / ".installed", digest(REQUIREMENTS)
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        install(folder, named)
        stamp.write_text(wanted, "utf-8")
    made, wanted = folder / "models" / ".made", digest(REQUIREMENTS, MODELS)
    if not made.exists() or made.read_text("utf-8") != wanted:
        print("Making tiny models ...", flush=True)
        run(str(folder / "bin" / "python"), str(MODELS), str(made.parent))
        made.write_text(wanted, "utf-8")


if __name__ == "__main__":
    main()
