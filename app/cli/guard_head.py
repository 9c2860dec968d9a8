"""A head for `off_task`, where `drawbar guard calibrate` is to ask one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from dsl.errors import DrawbarError
from guards.classifier.embedded.guard import NAME, Embedded
from guards.guard import Guard


@dataclass(frozen=True, slots=True)
class Head:
    """A head from a folder."""

    weights: Path
    backend: str = NAME

    async def verify(self, folder: Path, tell: Callable[[str], None]) -> NoReturn:
        """Say that there is nothing to try: its digest names all that it will ever say."""
        raise DrawbarError("a head needs no verification: run `drawbar guard calibrate`")

    def guard(self, folder: Path) -> Guard:
        """Return it as the gateway asks it, or say why there is none."""
        from guards.classifier.embedded.off_task import head

        return Embedded({head.LABEL: head.read(self.weights)})


def chosen(weights: Path) -> Head | None:
    """Return the head of a folder; none if it holds something else."""
    from guards.classifier.embedded.off_task import head

    return Head(weights) if (weights / head.ABOUT).is_file() else None
