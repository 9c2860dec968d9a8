"""Vectors of texts by what they mean, of an encoder in a folder, where a gateway has one.

Memory knows no guards and guards know no memory: here they are put together. It only puts in order
what was found by the text, for people.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsl.errors import DrawbarError
from guards.classifier.encoder.folder import NotAnEncoder

if TYPE_CHECKING:
    from guards.classifier.encoder.cosines import Encoder
    from memory.similar.hashed import Numbers


class NoMeaning(DrawbarError):
    """An encoder that cannot be used; it says why."""


class Meaning:
    """Reads its encoder when it is first asked: that takes a while, so in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encoder: Encoder | None = None

    def __call__(self, texts: Sequence[str]) -> "Numbers":
        """Return one vector of length 1 for each text, as rows."""
        if self._encoder is None:
            self._encoder = _loaded(self._folder)
        return self._encoder.embed(texts)


def _loaded(folder: Path) -> "Encoder":
    try:
        found: Any = import_module("guards.classifier.encoder.cosines")
        encoder: Encoder = found.Encoder.load(folder)
    except ModuleNotFoundError as error:
        words = f"an encoder needs `{error.name}`, which is not installed"
        raise NoMeaning(f"{words}: pip install 'drawbar-server[encoder]'") from error
    except NotAnEncoder as error:
        raise NoMeaning(str(error)) from error
    return encoder
