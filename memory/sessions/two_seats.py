"""Calls of a session that pass two seats: each seat has a name for them, and they are one call."""


class TwoSeats:
    """What the calls that came to a second seat are called there."""

    def __init__(self) -> None:
        self._second: dict[str, str] = {}
        self._first: dict[str, str] = {}

    def take(self, first: str, second: str) -> None:
        """Know that a second seat took a call over."""
        self._second[first] = second
        self._first[second] = first

    def first_name(self, call_id: str) -> str:
        """Return what the seat that let a call through calls it, of whatever seat the name is."""
        return self._first.get(call_id, call_id)

    def last_name(self, call_id: str) -> str:
        """Return what the seat that took a call over last calls it."""
        first = self.first_name(call_id)
        return self._second.get(first, first)

    def second_name(self, call_id: str) -> str | None:
        """Return what a second seat calls a call that it took over."""
        return self._second.get(call_id)
