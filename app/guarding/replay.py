"""The scores that a recorded decision was made on: replay reads them, and asks no guard again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from dsl import strictjson, syntax
from dsl.model import Cause, ToolCall
from dsl.recording import score_of
from dsl.types import Unknown

UNKNOWN: Final = "unknown: "
SCORE: Final = "score"


class ScoresThen:
    """What guards said when a decision was made, by what was asked."""

    def __init__(self, atoms: Sequence[Mapping[str, Any]]) -> None:
        self._told = {
            strictjson.canonical(one["about"]): one["answer"]
            for one in atoms
            if one["question"] == SCORE
        }
        self._first: Mapping[str, Any] | None = None
        self.missing: str | None = None

    def score(self, judged: syntax.Judged, value: Any, call: ToolCall) -> Any | Unknown:
        """Return what was said then; what nobody was asked then is not known now."""
        if judged.name == "similar" or value is not None:
            return Unknown(Cause.NO_GUARD, judged.name)
        if self._first is None:
            self._first = call.args
        changed = {} if self._first is call.args else {"changed": "True"}
        about = {name: one for name, one in score_of(judged).items() if one is not None}
        answer = self._told.get(strictjson.canonical({**about, **changed}))
        if answer is None:
            # Of records from before sentences were named, only an unknown can be meant.
            answer = self._told.get(strictjson.canonical({"judgement": judged.name}))
            if answer is None or not str(answer).startswith(UNKNOWN):
                self.missing = judged.text
                return Unknown(Cause.NO_GUARD, judged.name)
        return _read(str(answer), judged)


def _read(answer: str, judged: syntax.Judged) -> Any | Unknown:
    if answer.startswith(UNKNOWN):
        return Unknown(Cause(answer.removeprefix(UNKNOWN)), judged.name)
    try:
        return Decimal(answer)
    except InvalidOperation:
        return Unknown(Cause.UNREADABLE, judged.name)
