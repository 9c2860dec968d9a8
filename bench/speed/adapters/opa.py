"""OPA in process: `opa bench`, which decides about one call again and again and tells the times.

Each round takes the next of the calls. What the processor does meanwhile also parses and collects
garbage beside, so no processor time is told; over HTTP it is.
"""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from host import Call, Decide, Prepare  # type: ignore[import-not-found]

PROGRAM = sys.argv[-1]
_FOLDER = Path(tempfile.mkdtemp(prefix="opa-"))
_POLICY, _INPUT = _FOLDER / "policy.rego", _FOLDER / "input.json"
_ALL = "[said | some call in input.calls; said := data.tools.allow with input as call]"
_WAITING: list[Call] = []
_TIMER = "timer_rego_query_eval_ns"


def version() -> str:
    """Return the version that the program says it is."""
    said = subprocess.run([PROGRAM, "version"], check=True, capture_output=True, text=True).stdout
    return said.splitlines()[0].removeprefix("Version: ")


def load(text: str) -> tuple[Prepare, Decide]:
    """Keep the policy, once the program has read it."""
    _POLICY.write_text(text, "utf-8")
    _run("check", str(_POLICY))

    def prepare(call: Call) -> Call:
        _WAITING.append(call)
        return call

    def decide(call: Call) -> bool:
        raise NotImplementedError

    return prepare, decide


def answers(calls: list[Call]) -> list[bool]:
    """Answer all calls by one run of the program."""
    _INPUT.write_text(json.dumps({"calls": calls}), "utf-8")
    said = _run("eval", "--data", str(_POLICY), "--input", str(_INPUT), "--import", "rego.v1", _ALL)
    return list(json.loads(said)["result"][0]["expressions"][0]["value"])


def measure(_seconds: float) -> dict[str, Any]:
    """Let the program measure itself for its usual second."""
    call = _WAITING.pop(0)
    _WAITING.append(call)
    _INPUT.write_text(json.dumps(dict(call)), "utf-8")
    given = ("--data", str(_POLICY), "--input", str(_INPUT), "--format", "json")
    return _times(json.loads(_run("bench", *given, "--fail=false", "data.tools.allow")))


def _times(said: Mapping[str, Any]) -> dict[str, Any]:
    extra = said["Extra"] if "Extra" in said else said["extra"]
    return {
        "number": said["N"],
        "p50_us": extra[f"histogram_{_TIMER}_median"] / 1e3,
        "p99_us": extra[f"histogram_{_TIMER}_99%"] / 1e3,
        "cpu_us": None,
    }


def _run(*command: str) -> str:
    ran = subprocess.run([PROGRAM, *command], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr or ran.stdout)
    return ran.stdout


@atexit.register
def _end() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
