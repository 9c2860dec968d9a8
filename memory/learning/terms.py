"""What induction depends on beside the log, as plain values that can be kept and read again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dsl import strictjson
from dsl.errors import Source
from dsl.toolspec import Tools, read
from memory.induction.configuration import Configuration
from memory.induction.literals import Sides


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one tenant: what its policies declare of tools and values, and what an operator set."""

    tenant: str
    tools: tuple[Mapping[str, Any], ...] = ()  # each as a tools file has it
    declarations: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    approver: str = "security"

    def told(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)

    def configuration(self, sampling: bytes = b"") -> Configuration:
        """Return the configuration of induction; its tools are read as any tools file is."""
        return Configuration(
            self.tenant,
            tools_of(self.tools),
            declarations=self.declarations,
            sides=Sides(self.internal, self.partners),
            approver=self.approver,
            sampling=sampling,
        )


def terms(told: Mapping[str, Any]) -> Terms:
    """Read terms as they were told."""
    lists = ("tools", "declarations", "internal", "partners")
    return Terms(**{**told, **{name: tuple(told[name]) for name in lists}})


def tools_of(entries: Sequence[Mapping[str, Any]]) -> Tools:
    """Read tools as they stand in a tools file."""
    return read(Source("memory.tools.json", strictjson.canonical(list(entries))))
