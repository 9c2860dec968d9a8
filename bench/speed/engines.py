"""The engines that are measured in process: those of the fail-open suite, with a policy each."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.version import VERSION
from bench.peers import environment
from bench.peers.client import RUNNER
from bench.peers.engines import ENGINES as PEERS
from bench.peers.engines import Engine as Peer
from bench.reporting import ROOT
from bench.speed.languages import agt, casbin, cedar, cel, invariant, polar, rego
from bench.speed.rules import Rule

HERE: Final = Path(__file__).parent
HOST: Final = HERE / "adapters" / "host.py"
OURS: Final = "drawbar"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: what writes a policy for it, and where it is installed."""

    name: str
    title: str
    version: str
    write: Callable[[str, Sequence[Rule]], str]
    peer: Peer | None = None

    def command(self) -> list[str]:
        """Install the engine, unless that was done, and return what starts its adapter."""
        adapter = str(HERE / "adapters" / f"{self.name}.py")
        if self.peer is None:
            python = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-P"]
            return [*python, str(RUNNER), str(HOST), adapter]
        environment.install(self.peer)
        return environment.hosted(self.peer, HOST, adapter)


def _casbin(rules: Sequence[Rule]) -> str:
    return f"{casbin.MODEL}\n---\n{casbin.render(rules)}"


_WRITTEN: Final[dict[str, Callable[[Sequence[Rule]], str]]] = {
    "cedarpy": cedar.render,
    "opa": rego.render,
    "regopy": rego.render,
    "casbin": _casbin,
    "cel": cel.render,
    "oso": polar.render,
    "agt": agt.render,
    "invariant": invariant.render,
}


def _peer(peer: Peer) -> Engine:
    write = _WRITTEN[peer.name]
    return Engine(peer.name, peer.title, peer.version, lambda _, rules: write(rules), peer)


ENGINES: Final = (
    Engine(OURS, "Drawbar", VERSION, lambda text, _: text),
    *map(_peer, PEERS),
)
# What nobody can install any more, or not as its authors' own package: said, and not measured.
ABSENT: Final = {"Progent": "the package of that name on the registry holds no code"}
