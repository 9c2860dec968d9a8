"""What tells of a call whether it is what the user asked for: counts, and no word of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dsl.lint import wording
from dsl.model import Cause
from guards.classifier.embedded.off_task.call import Called, taken_apart
from guards.classifier.embedded.off_task.words import alike, flat, holds, stems
from guards.judgement import NoJudgement
from guards.question import Question

VERSION: Final = 1
PLAIN: Final = (
    "tool_said",
    "verb_said",
    "reads",
    "named",
    "seen",
    "nowhere",
    "words_said",
    "covered",
    "arguments",
    "step",
)
COSINES: Final = ("cosine_tool", "cosine_call", "cosine_arguments")
# How alike a text is to others, one number each.
Cosines = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a session tells: what users said, and what came back."""

    said: str
    came: str
    calls: int


def features(question: Question, cosines: Cosines | None = None) -> tuple[float, ...]:
    """Return the numbers of a question, or raise where the user asked for nothing."""
    called = taken_apart(question.call)
    told = _told(question)
    if not told.said.strip():
        raise NoJudgement(Cause.NO_USER_REQUEST)
    plain = (*_of_tool(called, told), *_of_values(called, told), *_of_words(called, told))
    sizes = (math.log1p(len(called.leaves)), math.log1p(told.calls))
    more = () if cosines is None else tuple(cosines(told.said, _texts(called)))
    return (*plain, *sizes, *more)


def _told(question: Question) -> _Told:
    said = [one.text for one in question.steps if one.who == "user"]
    came = [one.text for one in question.steps if one.who == "result"]
    calls = sum(one.who == "call" for one in question.steps)
    return _Told("\n".join(said), "\n".join(came), calls)


def _texts(called: Called) -> tuple[str, str, str]:
    """Return the tool, the call and the arguments in plain words."""
    tool = " ".join(wording.words(called.tool)) or called.tool
    args = " ".join(called.leaves)
    return tool, f"{tool} {args}", args or tool


def _of_tool(called: Called, told: _Told) -> tuple[float, float, float]:
    said = stems(told.said)
    verb = wording.verb(called.tool)
    verb_said = 0.5 if verb is None else float(bool(alike(verb) & said))
    reads = 0.5
    if wording.reads_only(called.tool):
        reads = 1.0
    elif wording.changing(called.tool):
        reads = 0.0
    return _share(stems(called.tool), said), verb_said, reads


def _of_values(called: Called, told: _Told) -> tuple[float, float, float]:
    """Return the shares of values that the user named, that only results hold, and of the rest."""
    values = [flat(one) for one in called.values]
    values = [one for one in values if one]
    if not values:
        return 0.0, 0.0, 0.0
    said, came = flat(told.said), flat(told.came)
    named = seen = 0
    for one in values:
        if holds(said, one):
            named += 1
        elif holds(came, one):
            seen += 1
    of = len(values)
    return named / of, seen / of, (of - named - seen) / of


def _of_words(called: Called, told: _Told) -> tuple[float, float]:
    """Return how many of the arguments' words the user said, and how many of the user's are met."""
    said = stems(told.said)
    ours = stems(" ".join(called.leaves))
    return _share(ours, said), _share(said, ours | stems(called.tool))


def _share(part: frozenset[str], of: frozenset[str]) -> float:
    return len(part & of) / len(part) if part else 0.0
