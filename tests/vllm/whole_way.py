"""From a served model to decisions that rest on it, as an operator goes: verify, calibrate, decide.

The models know nothing: a word is planted in them, or they learned it, and the labels follow that
word. What is shown is that the way holds before a real server, and not how well anything judges.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from app.cli.main import cli
from app.guarding.guarding import Guards
from app.settings import load
from app.telemetry import Metrics
from tests.harness import GatewayHarness
from tests.vllm.labelled import labels, policy
from tests.vllm.serving import NAME

FAMILIES: Final = {
    "trained": "encoder",
    "generator": "policyguard",
    "one-prefill": "policyguard_prefill",
}
POLICY: Final = f"""\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule strangers: deny pay when judge("{policy(1)}" as money forbids) >= 0.7;
"""


def guard(command: str, address: str, family: str, folder: Path, *more: str) -> Result:
    """Run `drawbar guard`."""
    told = ["--family", family, "--model", NAME, "--folder", str(folder)]
    return CliRunner().invoke(cli, ["guard", command, address, *told, *more])


class Guarded(GatewayHarness):
    """A gateway whose settings name the served guard."""

    def __init__(self, folder: Path, address: str, family: str, kept: Path) -> None:
        super().__init__(folder, POLICY)
        self.number = 0
        told = {"url": address, "family": family, "model": NAME, "folder": str(kept)}
        guards = Guards(load({"guards": {"g": {**told, "timeout_ms": 10_000}}}).guards, Metrics())
        self.gateway.guards.askers = guards.askers
        (self.asker,) = guards.askers.values()
        self.run(self.asker.check())

    def pay(self, note: str) -> tuple[str, str | None, str]:
        """Ask about a call; tell the effect, the cause of an unknown, and what the guard said."""
        self.number += 1
        args = {"amount": 5, "note": f"{note.strip()} {self.number:04}"}
        said: Any = self.check({"call_id": f"c{self.number}", "tool": "pay", "args": args}).json()
        reasons = said["reasons"]
        (atom,) = (one for one in self.records()[0].atoms if one["question"] == "judgement")
        return said["effect"], reasons[0].get("cause") if reasons else None, atom["answer"]

    def close(self) -> None:
        """Let go of the guard as well."""
        self.run(self.asker.guard.close())
        super().close()


@contextmanager
def enforced(address: str, family: str, folder: Path) -> Iterator[Guarded]:
    """Verify and calibrate a served guard, and open a gateway that decides by it."""
    kept = folder / "guard"
    verified = guard("verify", address, family, kept)
    assert verified.exit_code == 0, verified.output
    path = labels(folder / "labels.jsonl")
    done = guard("calibrate", address, family, kept, "--labels", str(path))
    assert done.exit_code == 0, done.output
    assert "may enforce: judge, kind `money forbids`" in done.output
    running = Guarded(folder, address, family, kept)
    try:
        assert running.asker.is_well, running.asker.unwell
        yield running
    finally:
        running.close()
