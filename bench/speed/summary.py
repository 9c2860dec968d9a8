"""What the lines of a run come to: medians over rounds, and ratios within each round."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Line = Mapping[str, Any]
Key = tuple[str, str, int, str, int]  # part, shape, rules, engine, clients


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times another took, of rounds that were next to each other."""

    median: float
    least: float
    most: float


def ratio(values: Sequence[float], base: Sequence[float]) -> Ratio | None:
    """Divide round by round; nothing where there are no rounds of both."""
    found = [one / other for one, other in zip(values, base, strict=False) if other]
    if not found:
        return None
    return Ratio(statistics.median(found), min(found), max(found))


def middle(values: Sequence[float]) -> float | None:
    """Return the median; nothing where there are no values."""
    return statistics.median(values) if values else None


class Summary:
    """The lines of one run."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = list(lines)
        self.run = next((one for one in self.lines if one.get("kind") == "run"), {})
        self._rounds: dict[Key, list[Line]] = {}
        self._about: dict[Key, dict[str, Any]] = {}
        for line in self.lines:
            if "engine" not in line or line["part"] == "curve":
                continue
            if "round" in line:
                self._rounds.setdefault(_key(line), []).append(line)
            else:
                self._about.setdefault(_key(line), {}).update(line)
        for rounds in self._rounds.values():
            rounds.sort(key=lambda one: one["round"])

    def about(self, part: str, shape: str, rules: int, engine: str, clients: int = 0) -> Line:
        """Return what is told of an engine and a policy: whether it ran, and what reading took."""
        return self._about.get((part, shape, rules, engine, clients), {})

    def rounds(
        self, part: str, shape: str, rules: int, engine: str, clients: int = 0
    ) -> Sequence[Line]:
        """Return the rounds of an engine."""
        return self._rounds.get((part, shape, rules, engine, clients), ())

    def values(self, name: str, *where: Any) -> list[float]:
        """Return a figure of each round; none where it is not told."""
        return [one[name] for one in self.rounds(*where) if one.get(name) is not None]

    def median(self, name: str, *where: Any) -> float | None:
        """Return the median of a figure over the rounds."""
        return middle(self.values(name, *where))

    def ratio(self, name: str, where: Sequence[Any], other: str, base: str) -> Ratio | None:
        """Return how many times `base` another engine takes; `where` ends before the engine."""
        part, shape, rules, *clients = where
        found = [self.values(name, part, shape, rules, one, *clients) for one in (other, base)]
        return ratio(*found)

    def cells(self, part: str) -> Iterator[tuple[str, int]]:
        """Yield the shapes and numbers of rules that something is told of."""
        yield from dict.fromkeys((key[1], key[2]) for key in self._about if key[0] == part)

    def clients(self) -> Sequence[int]:
        """Return how many clients asked at once."""
        return sorted({key[4] for key in self._rounds if key[4]})

    def curve(self, name: str) -> list[Line]:
        """Return the points of a curve."""
        return [one for one in self.lines if one.get("part") == "curve" and one["curve"] == name]


def _key(line: Line) -> Key:
    shape, rules = str(line["shape"]), int(line["rules"])
    return str(line["part"]), shape, rules, str(line["engine"]), int(line.get("clients", 0))
