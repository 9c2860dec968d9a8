"""The parts of a policy's text, and how they are written: each knows the tools that it speaks of.

All names in it were checked, all values are printed by the language's own printer, and words of
others stand in comments alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.init import comments
from dsl import syntax
from dsl.show.expressions import text
from dsl.show.statements import show


@dataclass(frozen=True, slots=True)
class Part:
    """One statement with the comment above it."""

    statement: str
    above: tuple[str, ...] = ()
    tools: frozenset[str] = field(default_factory=frozenset)

    def written(self) -> str:
        """Return the text."""
        return "\n".join([*self.above, self.statement])


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as a draft writes it: each tool in a line of its own, with a word why."""

    name: str
    effect: str
    tools: Sequence[tuple[str, str]]  # and what stands in the comment behind
    because: str = ""
    when: str = ""
    reply: str = ""
    above: str = ""

    def part(self) -> Part:
        """Return the rule as a part of the policy."""
        lines = [f"rule {self.name}:", f"  {self.effect}"]
        lines += listed(self.tools, end="")
        lines += [f"  when {self.when}"] if self.when else []
        lines += [f"  because {text(self.because)}"] if self.because else []
        lines += [f"  reply {text(self.reply)}"] if self.reply else []
        lines[-1] = _ended(lines[-1])
        named = frozenset(name for name, _ in self.tools)
        return Part("\n".join(lines), above(self.above), named)


def listed(tools: Sequence[tuple[str, str]], end: str) -> list[str]:
    """Write tools one a line; the comment behind says why."""
    lines = []
    for at, (name, why) in enumerate(tools):
        sign = "," if at < len(tools) - 1 else end
        lines.append(f"    {name}{sign}{f'  # {why}' if why else ''}")
    return lines


def _ended(line: str) -> str:
    """Put the semicolon before the comment, where there is one."""
    code, sign, behind = line.partition("  # ") if line.startswith("    ") else (line, "", "")
    return f"{code};{sign}{behind}"


def above(words: str) -> tuple[str, ...]:
    """Return our own words as the comment above a statement, behind an empty line."""
    return ("", *comments.lines(words)) if words else ()


def fields(word: str, named: Sequence[str], end: str, words: str, tools: Iterable[str]) -> Part:
    """Write a `source`, `kind` or `label` statement, a field a line."""
    lines = [word, *listed([(one, "") for one in named], ""), f"  {end};"]
    return Part("\n".join(lines), above(words), frozenset(tools))


def quoted_tool(name: str) -> str:
    """Return a tool's name as a field begins with it: it ends at the first dot."""
    return text(name) if "." in name else name


def block(name: str, steps: Sequence[syntax.Step], tools: Iterable[str], words: str = "") -> Part:
    """Write a test block."""
    return Part(show(syntax.TestBlock(name, tuple(steps))), above(words), frozenset(tools))
