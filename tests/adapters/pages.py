"""Reads the fenced blocks of a page, and runs those of Python."""

import re
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[2] / "docs"
_FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block."""
    return _FENCE.findall((DOCS / page).read_text("utf-8"))


def policy(page: str, folder: Path) -> Path:
    """Write the policy of a page into a folder."""
    (text,) = (text for language, text in blocks(page) if language == "bar")
    (folder / "page.bar").write_text(text, "utf-8")
    return folder


def executed(text: str, names: dict[str, Any]) -> str:
    """Run a block, and return what it prints."""
    printed: list[str] = []
    names["print"] = lambda *shown: printed.append(" ".join(map(str, shown)) + "\n")
    exec(compile(text, "page", "exec"), names)  # noqa: S102 - it is our own page
    return "".join(printed)
