"""The learned scores of one decision: judged by what is known, asked together, judged again."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.facts.asked import Wants
from app.guarding.changing import changes
from app.guarding.resting import decisive, heard_by, name_of
from app.guarding.steps import steps
from dsl import syntax
from dsl.evaluation.opinion import Bound
from dsl.model import Atom, Cause, ToolCall
from dsl.recording import digest_of
from dsl.sentences.meaning import is_declared
from dsl.state import Decided
from dsl.types import Unknown
from guards.asking import Asker
from guards.classifier.embedded import declared
from guards.judgement import Form, Judgement, NoJudgement
from guards.question import Question, Step, written
from memory.sessions.session import Score
from memory.sessions.sessions import Turn

MOST: Final = 16  # questions of one decision by rules in force, and as many by rules in shadow
FORMS: Final = {form.value: form for form in Form}
_About = tuple[str, str | None, str | None, bool]  # sentence, kind, polarity, enforced
_Key = tuple[Form, str, str | None, str | None, bool, str, bool]
_FactKey = tuple[str, str | None, str | None, bool, str, str]


@dataclass(frozen=True, slots=True)
class _Want:
    """A question that must be asked, and of whom."""

    asker: Asker
    form: Form
    asks: Callable[[], Question]
    enforced: bool


class Scores:
    """What one decision asks of guards. An answer stands for the whole decision."""

    def __init__(self, askers: Mapping[str, Asker], turn: Turn) -> None:
        self._askers = tuple(askers.values())
        self._turn = turn
        self._answers: dict[_Key, Judgement] = {}
        self._facts: dict[_FactKey, Judgement] = {}
        self._wanted: dict[_Key, _Want] = {}
        self._calls: dict[tuple[str, int], tuple[Mapping[str, Any], str | Cause]] = {}

    @property
    def wanted(self) -> bool:
        """Tell whether a guard must be asked before all is known."""
        return bool(self._wanted)

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Return what guards said, as it is recorded; nothing of it is of the call."""
        found = (_fact_atom(key, one) for key, one in self._facts.items())
        return (*(_atom(key[1:5], one) for key, one in self._answers.items()), *found)

    @property
    def found(self) -> Iterable[Judgement]:
        """Return what code found about declared sentences: nobody was asked about them."""
        return self._facts.values()

    def by(self, bound: Sequence[Bound]) -> Score:
        """Return what some policies ask for scores: in shadow alone, or to decide by them."""

        def score(
            judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
        ) -> Any | Unknown:
            form = FORMS.get(judged.name)
            name = name_of(judged)
            # `similar` has nobody who answers it.
            if form is None or value is not None or name not in heard_by(bound):
                return Unknown(Cause.NO_GUARD, judged.name)
            enforced = name in decisive(bound)
            if decided is not None:
                return self._decided(judged, decided, enforced=enforced)
            changing = form is Form.CLASSIFY and changes(call, bound, name)
            return self._score(form, judged, call, enforced=enforced, changing=changing)

        return score

    def _decided(self, judged: syntax.Judged, decided: Decided, *, enforced: bool) -> Any | Unknown:
        """Take what code found about a declared sentence: no other guard is asked about it.

        It may be found again with more facts in hand; the last answer is the one that counts.
        """
        key = (judged.text, judged.kind, judged.polarity, enforced, decided.policy, decided.rule)
        self._facts[key] = declared.judged(decided.broken)
        return self._facts[key].said

    def _unread(self, judged: syntax.Judged, *, enforced: bool) -> Any | Unknown:
        """Say why code does not decide a sentence that no other guard could be asked about."""
        cause = Cause.FACTS_MISSING if is_declared(judged) else Cause.KIND_UNDECLARED
        key = (judged.text, judged.kind, judged.polarity, enforced, "", "")
        self._facts[key] = declared.unknown(cause)
        return self._facts[key].said

    def _score(
        self, form: Form, judged: syntax.Judged, call: ToolCall, *, enforced: bool, changing: bool
    ) -> Any | Unknown:
        proposed = self._written(call)
        if isinstance(proposed, Cause):
            return Unknown(proposed, judged.name)
        key = (form, judged.text, judged.kind, judged.polarity, enforced, proposed, changing)
        if (known := self._answers.get(key)) is not None:
            return known.said

        def asks() -> Question:
            return self._question(key, judged)

        asker = self._chosen(form, asks, enforced=enforced)
        if asker is None and form is Form.JUDGE:
            return self._unread(judged, enforced=enforced)
        if asker is None:
            return Unknown(Cause.NO_GUARD, judged.name)
        if key not in self._wanted and self._number(enforced=enforced) >= MOST:
            return Unknown(Cause.OVERLOAD, judged.name)
        self._wanted[key] = _Want(asker, form, asks, enforced)
        return Unknown(Cause.TIMEOUT, judged.name)

    def _number(self, *, enforced: bool) -> int:
        """Return how much was asked already; what shadow rules ask takes nothing from others."""
        return sum(key[4] is enforced for asked in (self._answers, self._wanted) for key in asked)

    def _written(self, call: ToolCall) -> str | Cause:
        """Return a call as guards read it, put into words once, or why it cannot be."""
        key = (call.qualified, id(call.args))
        if (known := self._calls.get(key)) is not None:
            return known[1]
        try:
            words: str | Cause = written(call)
        except NoJudgement as error:
            words = error.cause
        self._calls[key] = (call.args, words)  # kept, so that no other has its address
        return words

    def _question(self, key: _Key, judged: syntax.Judged) -> Question:
        form, proposed, changing = key[0], key[5], key[6]
        if form is Form.CLASSIFY and not any(one.who == "user" for one in self._steps):
            raise NoJudgement(Cause.NO_USER_REQUEST)
        kinds = (judged.kind, judged.polarity)
        return Question(form, judged.text, proposed, self._steps, *kinds, changes=changing)

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return steps(self._turn)

    def _chosen(self, form: Form, asks: Callable[[], Question], *, enforced: bool) -> Asker | None:
        """Return the first guard with skill for a question, else the first of its form."""
        able = [one for one in self._askers if form in one.guard.answers]
        if len(able) < 2 or not enforced:  # noqa: PLR2004 - between one there is no choice
            return next(iter(able), None)
        try:
            question = asks()
        except NoJudgement:
            return able[0]
        return next((one for one in able if one.reading.lack(question) is None), able[0])

    def stop(self) -> None:
        """Want nothing any more."""
        self._wanted.clear()

    async def fetch(self, seconds: float) -> None:
        """Ask everything that is wanted, all at once; none of it is wanted any more."""
        wanted, self._wanted = self._wanted, {}
        tenant = self._turn.owner.tenant

        async def ask(key: _Key, want: _Want) -> None:
            asked = want.asker.ask(want.form, want.asks, tenant, seconds, enforced=want.enforced)
            self._answers[key] = await asked

        await asyncio.gather(*(ask(key, want) for key, want in wanted.items()))


@dataclass(frozen=True, slots=True)
class Together:
    """Facts first: what they tell may make a score needless."""

    facts: Wants
    scores: Scores

    @property
    def wanted(self) -> bool:
        """Tell whether something must be asked before all is known."""
        return self.facts.wanted or self.scores.wanted

    async def fetch(self, seconds: float) -> None:
        """Look facts up; where none is wanted, ask guards."""
        if self.facts.wanted:
            self.scores.stop()
            await self.facts.fetch(seconds)
        else:
            await self.scores.fetch(seconds)


def _fact_atom(key: _FactKey, one: Judgement) -> Atom:
    return _atom(key[:4], one, policy=key[4] or None, rule=key[5] or None)


def _atom(key: _About, one: Judgement, **where: str | None) -> Atom:
    told = {
        "form": one.form,
        "guard": one.guard,
        "model": one.model,
        "prompt": one.prompt,
        "calibration": one.calibration,
        "sentence": digest_of(key[0]),
        "kind": key[1],
        "polarity": key[2],
        "enforced": key[3],
        "raw": one.raw,
        "label_mass": one.label_mass,
        "ms": one.ms,
        "cached": one.cached,
        **where,
    }
    about = {name: str(value) for name, value in told.items() if value is not None}
    return Atom("judgement", about, str(one.p) if one.cause is None else f"unknown: {one.cause}")
