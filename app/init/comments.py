"""Words of others in a comment: cut, in one line, and nothing that a reader could not see."""

from typing import Final

from dsl.parse import HIDDEN

LONGEST: Final = 48
_MARK: Final = "lint:"  # what suppresses a finding begins so


def quoted(words: object, most: int = LONGEST) -> str:
    """Return words as they may stand behind a `#`, in quotes and without a meaning."""
    shown = " ".join(str(words)[: most * 8].split())
    shown = "".join(map(_visible, shown)).replace(_MARK, "lint :")
    if len(shown) > most:
        shown = shown[: most - 3].rstrip() + "..."
    return f'"{shown}"'


def _visible(char: str) -> str:
    if char in '"\\#':
        return "'" if char == '"' else "/" if char == "\\" else ""
    if char.isprintable() and not HIDDEN.match(char):
        return char
    return f"<{ord(char):x}>"


def lines(text: str) -> list[str]:
    """Return our own words as lines of a comment."""
    return [f"# {line}".rstrip() for line in text.strip("\n").split("\n")]
