"""The verdict on a declared sentence: what code found is what is said, and nothing is guessed."""

from decimal import Decimal
from typing import Final

from dsl.model import Cause
from dsl.types import Truth, Unknown
from guards.classifier.embedded.guard import NAME, NO_MODEL, VERSION
from guards.judgement import Form, Judgement

BROKEN: Final = Decimal(1)
KEPT: Final = Decimal(0)


def judged(fact: Truth) -> Judgement:
    """Return 1 where the sentence is broken, 0 where it is not, else that a fact is missing."""
    if isinstance(fact, Unknown):
        return unknown(Cause.FACTS_MISSING)
    return Judgement(Form.JUDGE, NAME, BROKEN if fact else KEPT, model=NO_MODEL, prompt=VERSION)


def unknown(cause: Cause) -> Judgement:
    """Return that nothing can be said of a sentence."""
    return Judgement(Form.JUDGE, NAME, cause=cause, model=NO_MODEL, prompt=VERSION)
