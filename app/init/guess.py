"""What a tool seems to do, and what its arguments seem to be: guesses, each with its reason.

The verb in a name decides. What a server says of its tool, in annotations or in a description, can
make a guess stricter, and never laxer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.init import words as tables
from app.init.declared import Declared
from app.init.places import Place, opened, places, unseen
from dsl.lint import wording
from dsl.lint.destinations import destinations
from dsl.lint.wording import words

_SENTENCES: Final = 3  # of a description are looked at
_BEGINNING: Final = 400


class Act(StrEnum):
    """What a tool does, as far as a draft tells it apart."""

    READ = "reads"
    OPEN = "opens links"
    WRITE = "writes"
    TELL = "tells others"
    PAY = "moves money"
    DESTROY = "destroys"
    RUN = "runs what it is given"
    UNCLEAR = "unclear"


RISKS: Final = {
    Act.READ: "low",
    Act.OPEN: "medium",
    Act.WRITE: "medium",
    Act.UNCLEAR: "medium",
    Act.TELL: "high",
    Act.PAY: "high",
    Act.DESTROY: "high",
    Act.RUN: "high",
}


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What one tool seems to do, and which of its arguments a rule should look at."""

    declared: Declared
    act: Act
    why: str
    paths: tuple[Place, ...] = ()
    links: tuple[Place, ...] = ()
    aims: tuple[Place, ...] = ()  # who gets it, or what is destroyed
    amounts: tuple[Place, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()  # of arguments
    label: str | None = None

    @property
    def name(self) -> str:
        """Return the tool's name as rules write it."""
        return self.declared.name

    @property
    def risk(self) -> str:
        """Return the risk that the tools file proposes."""
        return RISKS[self.act]


def guess(one: Declared) -> Guess:
    """Guess what a tool does."""
    found = list(places(one.tool))
    act, why = _act(one, found)
    kinds = {place.name: kind for place in found if (kind := _kind(one.name, place, found))}
    paths = tuple(place for place in found if kinds.get(place.name) == "path")
    links = tuple(place for place in found if kinds.get(place.name) == "url")
    if act is Act.READ and links:
        act, why = Act.OPEN, f"it reads what `{links[0].name}` leads to"
    return Guess(
        one,
        act,
        why,
        paths=() if _elsewhere(found) else paths,
        links=links,
        aims=tuple(_aims(one, act, found, set(paths))),
        amounts=tuple(_amounts(act, found)),
        kinds=tuple(kinds.items()),
        label=_label(one) if act in (Act.READ, Act.OPEN, Act.UNCLEAR) else None,
    )


# What it does


def _act(one: Declared, found: list[Place]) -> tuple[Act, str]:
    act, why = _by_name(one, found)
    if act in (Act.READ, Act.OPEN):
        if (word := _also(one.name)) is not None:
            return Act.WRITE, f"its name says that it reads, and `{word}` too"
        if (word := _described_change(one.tool.description)) is not None:
            return Act.WRITE, f"its name says that it reads, its description `{word}`"
        if (told := _unbounded(one, found)) is not None:
            return Act.UNCLEAR, told
        if one.hints.get("readOnlyHint") is False or one.hints.get("destructiveHint") is True:
            return (
                Act.WRITE,
                "its name says that it reads, its annotations that it changes",
            )
    if act in (Act.WRITE, Act.UNCLEAR) and one.hints.get("destructiveHint") is True:
        return Act.DESTROY, "its annotations say that it destroys"
    return act, why


def _by_name(one: Declared, found: list[Place]) -> tuple[Act, str]:
    said, verb = set(words(one.name)), wording.verb(one.name)
    why = f"its name says `{verb}`"
    code = next((place.name for place in found if _is_code(place, said)), "")
    if verb in tables.RUNNING or (code and (verb is None or wording.reads_only(one.name))):
        return Act.RUN, why if verb in tables.RUNNING else f"it is given `{code}`"
    if verb in tables.DESTROYING:
        return Act.DESTROY, why
    if _moves_money(verb, said, found):
        return Act.PAY, why if verb in tables.PAYING else "its name speaks of money"
    if verb in tables.TELLING:
        return Act.TELL, why
    if verb in wording.CHANGING:
        return Act.WRITE, why
    if verb in wording.REACHING:
        return Act.OPEN, why
    if verb is not None and wording.reads_only(one.name):
        return Act.READ, why
    if wording.reads_only(one.name) and not said & wording.CHANGING:
        return Act.READ, "its name says that it looks something up"
    if looking := next((word for word in words(one.name) if word in tables.LOOKING), None):
        return Act.READ, f"its name says `{looking}`"
    return Act.UNCLEAR, "no word of its name says what it does"


def _is_code(place: Place, said: set[str]) -> bool:
    """Tell whether an argument is run by the tool that it is given to."""
    alone = words(place.name) in (("code",), ("source", "code"))
    asks = words(place.name) == ("query",) and bool(said & {"sql", "database", "db"})
    return _last(place) in tables.CODE or alone or asks


def _moves_money(verb: str | None, said: set[str], found: list[Place]) -> bool:
    if verb in tables.PAYING:
        amount = any(set(words(place.name)) & tables.AMOUNTS for place in found)
        return verb in ("pay", "buy", "purchase") or amount or bool(said & tables.MONEY)
    return verb in wording.CHANGING and bool(said & tables.MONEY)


def _also(name: str) -> str | None:
    """Return a word of a reading tool's name that may say that it changes something as well."""
    verb = wording.verb(name)
    return next((word for word in words(name) if word != verb and word in tables.CHANGES), None)


def _unbounded(one: Declared, found: list[Place]) -> str | None:
    """Say why a rule cannot tell where a call leads: what it would look at is out of reach."""
    if opened(one.tool):
        return "it takes arguments that it does not declare"
    leading = tables.PATHS | tables.LINKS | tables.CODE
    for name in unseen(one.tool, {place.name for place in found}):
        if next(reversed(words(name)), "") in leading:
            return f"`{name.encode('ascii', 'replace').decode()[:40]}` is out of a rule's reach"
    return None


def _described_change(description: str) -> str | None:
    """Return the word with which a description says that something is changed."""
    for sentence in re.split(r"[.!?\n]+\s*", description[:_BEGINNING])[:_SENTENCES]:
        first = next(iter(re.findall(r"[A-Za-z]+", sentence)), "").lower()
        for stem in (first, first.removesuffix("s"), first.removesuffix("es")):
            if stem in tables.CHANGES:
                return first
    return None


# What its arguments are


def _kind(tool: str, place: Place, found: list[Place]) -> str | None:
    if place.type != "string":
        return None
    said, last = words(place.name), _last(place)
    if place.format in tables.FORMATS:
        return tables.FORMATS[place.format]
    if last in tables.EMAILS or (last in tables.MAILED and tables.MAIL & set(words(tool))):
        return "email"
    if last in tables.LINKS:
        return "url"
    if last in tables.PATHS or _end_of_a_move(tool, last, found):
        return "path"
    return next((tables.KINDS[word] for word in (last, *said[:1]) if word in tables.KINDS), None)


def _last(place: Place) -> str:
    """Return the last word of an argument's name, which says what it is."""
    return next(reversed(words(place.name)), "")


def _end_of_a_move(tool: str, last: str, found: list[Place]) -> bool:
    """Tell whether an argument says where a file is moved from or to."""
    ends = [place for place in found if _last(place) in tables.ENDS]
    return last in tables.ENDS and len(ends) > 1 and bool(tables.FILES & set(words(tool)))


def _elsewhere(found: list[Place]) -> bool:
    """Tell whether paths lead through a repository or the like, and not through the disk here."""
    named = {_last(place) for place in found}
    return bool(named & (tables.ELSEWHERE | tables.ROOTS))


def _aims(one: Declared, act: Act, found: list[Place], paths: set[Place]) -> Iterator[Place]:
    leading = {steps[0] for steps in destinations(one.tool) if len(steps) == 1}
    for place in found:
        if act in (Act.TELL, Act.PAY, Act.WRITE) and place.name in leading and place not in paths:
            if place.type == "string":
                yield place
        elif act in (Act.DESTROY, Act.PAY) and _names_something(place):
            yield place


def _names_something(place: Place) -> bool:
    last = _last(place)
    if place.type == "number":
        return last in ("id", "ids", "number")
    dated = last in ("date", "time") or place.format in ("date", "date-time", "time")
    return place.required and last not in tables.PROSE | tables.CHOICES and not dated


def _amounts(act: Act, found: list[Place]) -> Iterator[Place]:
    for place in found if act is Act.PAY else ():
        if place.type == "number" and set(words(place.name)) & tables.AMOUNTS:
            yield place


def _label(one: Declared) -> str | None:
    said = set(words(one.name))
    if said & tables.COUNTED:
        return None
    shown = one.entry.get("outputSchema", {}).get("properties", {})
    fields = {w for name in (shown if isinstance(shown, dict) else ()) for w in words(str(name))}
    if tables.SECRETS & (said | fields):
        return "secret"
    return "private" if tables.PRIVATE & (said | fields) else None
