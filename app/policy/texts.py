"""What policies were read from: each text that the digest covers, in its order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from dsl.errors import Source


@dataclass(slots=True)
class Read:
    """The texts as they are read, and the digest of what decides."""

    _digest: "hashlib._Hash"
    sources: list[Source] = field(default_factory=list)
    bindings_files: list[Source] = field(default_factory=list)
    bindings: str = ""
    by_policy: dict[str, str] = field(default_factory=dict)  # digests of what each one says

    def add(self, source: Source) -> None:
        """Cover a policy or a tools file."""
        text = source.text
        self._digest.update(len(text).to_bytes(8, "big") + text.encode())
        self.sources.append(source)

    def wrote(self, policy: str, sources: Sequence[Source]) -> None:
        """Note what one policy was read from: itself, and its tools file."""
        found = hashlib.sha256()
        for one in sources:
            found.update(len(one.text).to_bytes(8, "big") + one.text.encode())
        self.by_policy[policy] = found.hexdigest()

    def binding(self, source: Source) -> None:
        """Note a `bindings.toml`; the digest covers what it binds and not its comments."""
        self.bindings_files.append(source)

    def bind(self, told: str) -> None:
        """Cover what is bound: once, after the files."""
        self._digest.update(told.encode())
        self.bindings = told

    @property
    def digest(self) -> str:
        """Return the digest of all that was covered so far."""
        return f"sha256:{self._digest.hexdigest()}"
