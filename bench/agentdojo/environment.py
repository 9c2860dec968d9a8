"""Where AgentDojo is installed, and which version."""

from pathlib import Path
from typing import Final

from bench import environment
from bench.reporting import ROOT

HERE: Final = Path(__file__).parent
REQUIREMENTS: Final = HERE / "requirements.txt"
HOST: Final = HERE / "host.py"
ENVIRONMENT: Final = ROOT / "var" / "agentdojo" / "environment"
VERSION: Final = "0.1.35"


def make() -> list[str]:
    """Install AgentDojo, unless that was done, and return the command that starts its host.

    Only what its suites import is installed: no client of any model.
    """
    environment.once(ENVIRONMENT, REQUIREMENTS, environment.python)
    return [str(ENVIRONMENT / "bin" / "python"), "-I", str(HOST)]
