"""Joins many conditions so that no reader has to go deep."""

from collections.abc import Sequence


def joined(parts: Sequence[str], operator: str) -> str:
    """Join conditions by `and` or `or` in a tree of even depth; nothing for none."""
    if len(parts) <= 1:
        return "".join(parts)
    middle = len(parts) // 2
    left, right = (joined(half, operator) for half in (parts[:middle], parts[middle:]))
    return f"({left} {operator} {right})"
