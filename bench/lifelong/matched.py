"""Of which calls rules hold, told by the engine that memory asks."""

from collections.abc import Iterable, Mapping, Sequence

from bench.lifelong.arm import case_of
from bench.lifelong.world import Call
from memory.induction.configuration import Configuration
from memory.induction.field import fields
from memory.induction.rows import numbers_of
from memory.induction.rule import Shape
from memory.induction.sheet import Sheet


class Matched:
    """Some calls; each is looked at by itself, as if it had been reported."""

    def __init__(self, calls: Sequence[Call], configuration: Configuration) -> None:
        self._sheets: Mapping[str, tuple[Sheet, Sequence[int]]] = {
            tool: _sheet(calls, tool, configuration) for tool in {one.tool for one in calls}
        }

    def true(self, shapes: Iterable[Shape]) -> set[int]:
        """Return the numbers of the calls that some rule holds of."""
        return self._of(shapes, unknown=False)

    def applying(self, shapes: Iterable[Shape]) -> set[int]:
        """Return the numbers of the calls that some rule narrows: also where it is unknown."""
        return self._of(shapes, unknown=True)

    def _of(self, shapes: Iterable[Shape], *, unknown: bool) -> set[int]:
        found = set[int]()
        for shape in shapes:
            if shape.tool in self._sheets:
                sheet, numbers = self._sheets[shape.tool]
                rows = shape.rows(sheet)
                held = rows.possible if unknown else rows.true
                found.update(numbers[row] for row in numbers_of(held))
        return found


def _sheet(
    calls: Sequence[Call], tool: str, configuration: Configuration
) -> tuple[Sheet, Sequence[int]]:
    own = {one.id: at for at, one in enumerate(calls) if one.tool == tool}
    cases = [case_of(calls[at], calls[at].base.effect) for at in own.values()]
    found = fields(configuration.tools.by_name[tool], configuration.names)
    sheet = Sheet(cases, own, configuration.names, found, configuration.answers[tool])
    return sheet, [own[one.decision_id] for one in sheet.cases]
