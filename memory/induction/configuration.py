"""All that rules depend on beside the log."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from dsl.errors import Source
from dsl.evaluation.formats import formats
from dsl.evaluation.scope import Names, names_of
from dsl.parse import parse
from dsl.toolspec import Tools
from memory.induction.answers import Answers
from memory.induction.field import Field, Sort, fields
from memory.induction.ladders import suffixes
from memory.induction.ladders.command import words_of
from memory.induction.literals import Sides

CODE: Final = "drawbar.induction/3"  # counts on with every change of what rules come out
OVERLAY: Final = "narrow"
NO_SIDES: Final = Sides()


@dataclass(frozen=True)
class Configuration:
    """What an operator sets, and what policies declare of values.

    `declarations` are the statements `source`, `kind` and `label` as they stand in the policies, so
    that memory's overlay asks where a value came from as they do. `sampling` is the key by which
    cases are drawn where there are too many.
    """

    tenant: str
    tools: Tools
    tools_file: str | None = None
    declarations: Sequence[str] = ()
    sides: Sides = NO_SIDES
    approver: str = "security"
    sampling: bytes = field(default=b"", repr=False)
    # Which rules the language can say, found out once.
    notes: dict[str, bool] = field(init=False, default_factory=dict, repr=False, compare=False)
    # What the engine said of values, by tool: asked once.
    answers: dict[str, Answers] = field(
        init=False, default_factory=lambda: defaultdict(Answers), repr=False, compare=False
    )

    @cached_property
    def head(self) -> str:
        """Return the statements in front of the rules of memory's overlay."""
        lines = [f"overlay {OVERLAY} version 1;"]
        if self.tools_file is not None:
            lines.append(f'use tools "{self.tools_file}";')
        return "\n".join((*lines, *self.declarations)) + "\n"

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Return the statements that name the words of each command, by those names."""
        names = names_of(parse(Source("memory", self.head)))
        found = (one for tool in self.tools.by_name.values() for one in fields(tool, names))
        commands = {str(one.path): words_of(one.path) for one in found if _is_command(one)}
        return {
            name: f"let {name} = argv({path});"
            for path, name in sorted(commands.items())
            if name is not None
        }

    @cached_property
    def names(self) -> Names:
        """Return what conditions are evaluated with."""
        text = self.head + "\n".join(self.words.values())
        return names_of(parse(Source("memory", text)), formats(self.tools))

    def told(self) -> dict[str, Any]:
        """Return all of it as plain values, for the revision."""
        return {
            "code": CODE,
            "suffixes": suffixes.VERSION,
            "tenant": self.tenant,
            "head": self.head,
            "tools": {name: dict(one.schema) for name, one in self.tools.by_name.items()},
            "sides": [list(self.sides.internal), list(self.sides.partners)],
            "approver": self.approver,
        }


def _is_command(field: Field) -> bool:
    return field.sort is Sort.COMMAND and not field.many
