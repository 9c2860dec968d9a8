"""The made-up values in `tests/corpus/detect`.

A text that looks like a token is stored with a mark inside, so that no program that searches
repositories for secrets takes it for one.
"""

import json
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "corpus" / "detect"
MARK: Final = "{+}"


def read(name: str, kind: str) -> list[str]:
    """Return the hits or the misses of a detector."""
    stored = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return [text.replace(MARK, "") for text in stored[kind]]


def cases(kind: str) -> list[tuple[str, str]]:
    """Return each detector's name with each of its texts."""
    names = sorted(path.stem for path in FOLDER.glob("*.json"))
    return [(name, text) for name in names for text in read(name, kind)]
