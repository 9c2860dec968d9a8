"""Replies with values in them: `{args.amount}` stands for the value of the call."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from dsl import syntax
from dsl.errors import printable

# What a reply may show, to the agent and so to whoever reads its words.
ROOTS: Final = ("args", "tool", "agent", "subject", "session", "context", "now")
LONGEST: Final = 200
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_PATH = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,9}\])*)")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")


def parts(text: str) -> Iterator[str | syntax.Path]:
    """Yield the words and the values of a reply; a wrong value raises `ValueError`."""
    for match in _PART.finditer(text):
        part = match.group()
        if part in ("{{", "}}"):
            yield part[0]
        elif match[1] is not None:
            yield _path(match[1].strip())
        elif part in ("{", "}"):
            raise ValueError(f"a `{part}` stands alone in the reply")
        else:
            yield part


def _path(written: str) -> syntax.Path:
    match = _PATH.fullmatch(written)
    if match is None:
        raise ValueError(f"`{{{written}}}` names no value")
    if match[1] not in ROOTS:
        raise ValueError(f"a reply cannot show `{match[1]}`: it shows {', '.join(ROOTS)}")
    steps = (int(number) if number else name for name, number in _STEP.findall(match[2]))
    return syntax.Path(match[1], tuple(steps))


def fault(text: str) -> str | None:
    """Say what is wrong with a reply, or None."""
    try:
        list(parts(text))
    except ValueError as error:
        return str(error)
    return None


def render(text: str, shown: Callable[[syntax.Path], str | None]) -> str:
    """Put the values in; one that is not there is said to be absent, a long one is cut."""
    words = []
    for part in parts(text):
        if isinstance(part, str):
            words.append(part)
            continue
        found = shown(part)
        value = "(absent)" if found is None else printable(found[: LONGEST + 1])
        words.append(value if len(value) <= LONGEST else value[:LONGEST] + "...")
    return "".join(words)
