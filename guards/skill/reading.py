"""Reads a model's answer by what the guard was shown to be able to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dsl.model import Cause
from guards.judgement import Form, NoJudgement, Raw, exact
from guards.question import Question
from guards.skill.curve import sigmoid
from guards.skill.entry import Entry


@dataclass(frozen=True, slots=True)
class Key:
    """What a calibration holds for; where anything of it differs, it holds for nothing."""

    model: str
    prompt: str
    family: str
    backend: str = "vllm"
    canary: str = ""  # the digest of what the guard answered when it was verified


@dataclass(frozen=True, slots=True)
class Read:
    """A probability or a cause, and the calibration that it rests on."""

    p: Decimal | None
    cause: Cause | None
    calibration: str | None


@dataclass(slots=True)
class Reading:
    """The skill of one guard. Without any it gives scores in shadow, and unknowns elsewhere."""

    entries: Sequence[Entry] = ()
    of: Key | None = None
    key: str = "none"  # the digest of the manifest: a name for the calibration
    _fits: bool = field(init=False, default=False)

    @property
    def fits(self) -> bool:
        """Tell whether this is the skill of the guard that answers."""
        return self._fits

    def fit(self, key: Key) -> None:
        """Note which guard answers: the skill of another one says nothing of it."""
        self._fits = self.of == key

    def entry(self, question: Question) -> Entry | None:
        """Return what is known of the guard for a question: of its own sentence before its kind."""
        if not self._fits:
            return None
        found = [one for one in self.entries if one.about.covers(question)]
        own = [one for one in found if one.about.sentence is not None]
        return next(iter(own or found), None)

    def refuse(self, question: Question, *, enforced: bool) -> None:
        """Raise, before anything is asked, where the answer could not be used."""
        if enforced and (why := self.lack(question)) is not None:
            raise NoJudgement(why)

    def lack(self, question: Question) -> Cause | None:
        """Return why a rule that decides may not rest on the guard; None where it may."""
        entry = self.entry(question)
        if entry is not None:
            return None if entry.is_enabled else Cause.KIND_NOT_ENABLED
        if question.form is Form.JUDGE and question.kind is None and self._fits:
            return Cause.KIND_UNDECLARED
        return Cause.UNCALIBRATED

    def read(self, question: Question, raw: Raw, *, enforced: bool) -> Read:
        """Return the score of an answer. Nobody decides by one that was not calibrated."""
        entry = self.entry(question)
        if entry is None or entry.curve is None:
            if enforced:
                raise NoJudgement(Cause.UNCALIBRATED)
            return Read(exact(sigmoid(raw.logit)), None, None)
        p = entry.curve.p(raw.logit)
        if enforced and (entry.band is None or entry.band.holds(p)):
            return Read(None, Cause.IN_BAND, self.key)
        return Read(exact(p), None, self.key)
