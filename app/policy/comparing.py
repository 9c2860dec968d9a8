"""What is written otherwise in one set of files than in another, as a unified diff."""

import difflib
from collections.abc import Iterator, Sequence

from memory.revisions.revision import File

_NO_END = "\n\\ no newline at the end"


def difference(old: Sequence[File], new: Sequence[File]) -> str:
    """Return a unified diff of all files; empty where no word differs."""
    return "".join(_of_files(old, new))


def _of_files(old: Sequence[File], new: Sequence[File]) -> Iterator[str]:
    before = {one.name: one.text for one in old}
    after = {one.name: one.text for one in new}
    for name in sorted({*before, *after}):
        here, there = before.get(name), after.get(name)
        from_name = f"a/{name}" if here is not None else "/dev/null"
        to_name = f"b/{name}" if there is not None else "/dev/null"
        lines = difflib.unified_diff(_lines(here), _lines(there), from_name, to_name)
        yield from (line if line.endswith("\n") else f"{line}{_NO_END}\n" for line in lines)


def _lines(text: str | None) -> list[str]:
    """Split as a diff does: at line feeds alone."""
    return [] if text is None else [f"{line}\n" for line in text.split("\n")[:-1]] + _rest(text)


def _rest(text: str) -> list[str]:
    last = text.rpartition("\n")[2]
    return [last] if last else []
