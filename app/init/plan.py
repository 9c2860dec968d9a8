"""What a draft will say of each tool: which rules there are, and which tools each speaks of."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from app.init.guess import Act, Guess
from app.init.places import Place

# The rule that asks about tools, by what they do.
ASKED: Final = {
    Act.WRITE: "writing",
    Act.TELL: "telling",
    Act.PAY: "paying",
    Act.DESTROY: "destroying",
    Act.RUN: "running",
    Act.OPEN: "opening",
    Act.UNCLEAR: "unclear",
    Act.READ: "reading_asked",
}
SINKS: Final = (Act.TELL, Act.PAY, Act.OPEN, Act.WRITE, Act.RUN, Act.UNCLEAR)
Shape = tuple[str, bool, bool]  # a place's name, and whether it is required and a list


@dataclass(frozen=True, slots=True)
class Wishes:
    """What only people can say: the folder that paths stay in, and whether user words are told."""

    folder: str | None = None
    user_words: bool = False
    hosts: tuple[str, ...] = ("example.com",)
    largest: int = 100


@dataclass(frozen=True)
class Plan:
    """The tools of a draft, sorted by what rules say of them."""

    guesses: Sequence[Guess]
    wishes: Wishes
    # Of these too little is understood: a person is asked about each call of them.
    plain: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def allowed(self) -> list[Guess]:
        """Return the tools that only read."""
        return [g for g in self.guesses if g.act is Act.READ and self._allows(g)]

    def _allows(self, one: Guess) -> bool:
        kept = self.wishes.folder is not None or not one.paths
        return one.name not in self.plain and kept

    @cached_property
    def opening(self) -> list[Guess]:
        """Return the tools that open a link which is surely there, and is their only one."""
        return [g for g in self.guesses if g.act is Act.OPEN and self._allows(g) and self.link(g)]

    def link(self, one: Guess) -> Place | None:
        """Return the link of a tool, if it has one alone."""
        (link,) = one.links if len(one.links) == 1 else (None,)
        return link if link is not None and link.required and not link.listed else None

    @cached_property
    def asked(self) -> Mapping[Act, list[Guess]]:
        """Return the tools about which a person is asked, whatever the call."""
        found: dict[Act, list[Guess]] = {act: [] for act in ASKED}
        for one in self.guesses:
            if one.name in self._free:
                continue
            act = Act.UNCLEAR if one.name in self.plain else one.act
            found[act].append(one)
        return {act: tools for act, tools in found.items() if tools}

    @cached_property
    def _free(self) -> set[str]:
        return {one.name for one in (*self.allowed, *self.opening)}

    @cached_property
    def shown(self) -> list[Guess]:
        """Return the tools that more is said of than that a person is asked."""
        return [one for one in self.guesses if one.name not in self.plain]

    @cached_property
    def paths(self) -> Mapping[Shape, list[Guess]]:
        """Return the tools by their arguments that hold paths."""
        return self._by_shape("paths") if self.wishes.folder is not None else {}

    @cached_property
    def aims(self) -> Mapping[Shape, list[Guess]]:
        """Return the tools by their arguments that say who gets it, or what is destroyed."""
        return self._by_shape("aims")

    @cached_property
    def amounts(self) -> Mapping[Shape, list[Guess]]:
        """Return the tools by their amounts of money that may be too much."""
        largest = self.wishes.largest
        return self._by_shape("amounts", lambda one: one.most is None or one.most > largest)

    @cached_property
    def negative(self) -> Mapping[Shape, list[Guess]]:
        """Return the tools by their amounts of money that may be less than nothing."""
        return self._by_shape("amounts", lambda one: not one.positive)

    def _by_shape(
        self, which: str, test: Callable[[Place], bool] = lambda _: True
    ) -> dict[Shape, list[Guess]]:
        found: defaultdict[Shape, list[Guess]] = defaultdict(list)
        for one in self.shown:
            for place in filter(test, getattr(one, which)):
                found[place.name, place.required, place.listed].append(one)
        return dict(found)

    def labelled(self, label: str) -> list[Guess]:
        """Return the tools whose results carry a label."""
        return [one for one in self.shown if one.label == label]

    @cached_property
    def sinks(self) -> list[Guess]:
        """Return the tools through which a secret could leave."""
        return [one for one in self.shown if one.act in SINKS and one.declared.tool.arguments()]

    @cached_property
    def reading(self) -> list[Guess]:
        """Return the tools whose results may hold what anybody wrote."""
        reading = (Act.READ, Act.OPEN, Act.UNCLEAR, Act.RUN)
        return [one for one in self.shown if one.act in reading]

    def without(self, names: frozenset[str]) -> "Plan":
        """Return the plan with fewer tools."""
        kept = [one for one in self.guesses if one.name not in names]
        return replace(self, guesses=kept)


def shapes(
    found: Mapping[Shape, list[Guess]], word: str
) -> Iterator[tuple[str, Place, list[Guess]]]:
    """Yield a rule's name, the place it looks at, and its tools; names are used once."""
    seen: set[str] = set()
    for (name, required, is_list), tools in found.items():
        rule, at = f"{word}_{name}", 2
        while rule in seen:
            rule, at = f"{word}_{name}_{at}", at + 1
        seen.add(rule)
        yield rule, Place(name, "string", required, is_list), tools
