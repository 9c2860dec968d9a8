"""What words alone tell: naive Bayes on words and pairs of words of the request and the call."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from guards.skill.labels import Case

FOLDS: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
Scorer = Callable[[Case], float]


def learned(cases: Sequence[Case]) -> Scorer:
    """Learn from cases how much each word speaks for a call that was not asked for."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for one in cases:
        counts[one.truth].update(_grams(one))
    yes, no = sum(one.truth for one in cases) + 2, sum(not one.truth for one in cases) + 2
    speaks = {
        gram: math.log((counts[True][gram] + 1) / yes) - math.log((counts[False][gram] + 1) / no)
        for gram in counts[True].keys() | counts[False].keys()
    }
    return lambda one: math.fsum(speaks.get(gram, 0.0) for gram in _grams(one))


def in_set(cases: Sequence[Case]) -> list[float]:
    """Return scores of cases by what was learned on other tasks of the same set."""
    clusters = sorted({one.cluster for one in cases})
    fold = {name: at % FOLDS for at, name in enumerate(clusters)}
    scorers = [
        learned([one for one in cases if fold[one.cluster] != held]) for held in range(FOLDS)
    ]
    return [scorers[fold[one.cluster]](one) for one in cases]


def _grams(case: Case) -> list[str]:
    said = " ".join(one.text for one in case.question.steps if one.who == "user")
    found = set[str]()
    for where, text in (("said", said), ("call", case.question.call)):
        words = _WORD.findall(text.casefold())
        pairs = (f"{one} {other}" for one, other in pairwise(words))
        found |= {f"{where}:{gram}" for gram in (*words, *pairs)}
    return sorted(found)
