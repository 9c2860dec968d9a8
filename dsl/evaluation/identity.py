"""Things told apart by what they are, not by what they hold: keys that cost no look inside."""

from typing import Any


class Same:
    """Stands for one thing and nothing equal to it; keeps the thing alive while it does."""

    __slots__ = ("one",)

    def __init__(self, one: Any) -> None:
        self.one = one

    def __eq__(self, other: object) -> bool:
        """Tell whether both stand for one thing."""
        return isinstance(other, Same) and self.one is other.one

    def __hash__(self) -> int:
        """Take the thing's address: nothing else has it while the thing lives."""
        return id(self.one)
