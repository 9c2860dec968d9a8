"""A call of the corpus; nothing of the gateway is needed to read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """A call that an agent makes; its arguments are the very text that it writes."""

    tool: str
    args: str = "{}"
    options: Mapping[str, Any] = field(default_factory=dict)  # what some seats can say beside it
    needs: frozenset[str] = frozenset()  # what a seat must be able to do, to be handed it

    @property
    def values(self) -> dict[str, Any]:
        """Return the arguments as a program holds them, with every digit."""
        found: dict[str, Any] = json.loads(self.args, parse_float=Decimal)
        return found

    @property
    def floats(self) -> dict[str, Any]:
        """Return the arguments as the JSON decoder of most programs reads them."""
        found: dict[str, Any] = json.loads(self.args)
        return found
