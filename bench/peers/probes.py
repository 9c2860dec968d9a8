"""The probes of sections A to C, as questions to an engine."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "tests" / "corpus" / "fail_open"
SECTIONS: Final = ("A", "B", "C")
WORDINGS: Final = ("idiomatic", "defensive")
# What a policy that should have been refused is asked once it is read all the same.
AFTERWARDS: Final = {"tool": "send", "args": {"to": "ab", "amount": 1}}
_ANSWERED: Final = ("policies", "overlays", "tools", "call", "expect", "expect_load", "twin")

Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe of the suite, as its file has it."""

    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return how the probe is called, such as `A04-2`."""
        return str(self.fields["id"])

    @property
    def is_load(self) -> bool:
        """Tell whether it asks for a policy that must be refused, rather than for a call."""
        return "expect_load" in self.fields

    @property
    def required(self) -> str:
        """Return the effect that is required: `deny` or `ask`."""
        return str(self.fields["expect"]["effect"])

    @property
    def twin_effect(self) -> str:
        """Return the effect that its twin must have: `allow` or `ask`."""
        return str(self.fields["twin"]["effect"])

    @property
    def digest(self) -> str:
        """Return what changes as soon as the probe asks something else."""
        asked = {key: self.fields.get(key) for key in _ANSWERED}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    def question(self, wording: str, case: str) -> Question:
        """Return the call, or its twin."""
        call = self.fields["call"] if case == "call" else self.fields["twin"]["call"]
        return {**self._about(wording, case), "call": call}

    def loading(self, wording: str, case: str) -> Question:
        """Return the question about a policy that must be refused when it is read."""
        return {**self._about(wording, case), "call": AFTERWARDS}

    def _about(self, wording: str, case: str) -> Question:
        tools = self.fields["tools"]
        return {"probe": self.name, "wording": wording, "case": case, "tools": tools}


def read(folder: Path = FOLDER) -> Iterator[Probe]:
    """Yield the probes of the sections that other engines can be asked."""
    for path in sorted(folder.glob("*.json")):
        if path.name[0] in SECTIONS:
            yield Probe(json.loads(path.read_text("utf-8")))
