"""The scores that a recorded decision was made on: replay reads them, and asks no guard again."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.guarding.resting import Name, name_of
from dsl import strictjson, syntax
from dsl.model import Cause, ToolCall
from dsl.recording import Forms, score_of, where
from dsl.state import Decided
from dsl.types import Unknown

UNKNOWN: Final = "unknown: "
SCORE: Final = "score"


class ScoresThen:
    """What guards said when a decision was made, by what was asked."""

    def __init__(
        self, atoms: Sequence[Mapping[str, Any]], call: ToolCall, decides: Collection[Name]
    ) -> None:
        self._told = {
            strictjson.canonical(one["about"]): one["answer"]
            for one in atoms
            if one["question"] == SCORE
        }
        self._forms = Forms(call)
        self._decides = decides
        self.missing: str | None = None

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return what was said then; what nobody was asked then is not known now."""
        if judged.name == "similar" or value is not None:
            return Unknown(Cause.NO_GUARD, judged.name)
        number = self._forms.number(call)
        about = {**score_of(judged), "changed": str(number) if number else None}
        named = {name: one for name, one in about.items() if one is not None}
        decides = name_of(judged) in self._decides
        # Before code decided declared sentences, what was said of one held for all rules.
        answer = self._answer({**named, **where(decided)}, decides=decides)
        if answer is None and decided is not None:
            answer = self._answer(named, decides=decides)
        if answer is None and decided is not None:  # then it stood in no rule: code can tell now
            return decided.score
        if answer is None:
            self.missing = judged.text
            return Unknown(Cause.NO_GUARD, judged.name)
        return _read(str(answer), judged)

    def _answer(self, named: Mapping[str, str], *, decides: bool) -> Any:
        """Return what was said; a rule in force reads only what was said for one."""
        flags = ("True",) if decides else ("False", "True")
        for flag in flags:
            if (found := self._find({**named, "enforced": flag})) is not None:
                return found
        # In records from before it was told for whom a score was, and of which sentence, only an
        # unknown can be meant.
        for older in (named, {"judgement": named["judgement"]}):
            found = self._find(older)
            if found is not None and str(found).startswith(UNKNOWN):
                return found
        return None

    def _find(self, about: Mapping[str, str]) -> Any:
        return self._told.get(strictjson.canonical(dict(about)))


def _read(answer: str, judged: syntax.Judged) -> Any | Unknown:
    if answer.startswith(UNKNOWN):
        return Unknown(Cause(answer.removeprefix(UNKNOWN)), judged.name)
    try:
        return Decimal(answer)
    except InvalidOperation:
        return Unknown(Cause.UNREADABLE, judged.name)
