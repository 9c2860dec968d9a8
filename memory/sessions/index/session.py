"""A session that answers as the reference does, from an index instead of from all that happened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dsl import syntax
from dsl.model import Cause
from dsl.session import delegation
from dsl.session import session as reference
from dsl.session.asked import Asked, asked
from dsl.session.leaves import leaves, names
from dsl.session.levels import levels
from dsl.session.matching import UNREADABLE, WEAK, meets
from dsl.session.nouns import nouns
from dsl.state import Argument, Origins, Outcome, Place
from dsl.types import Truth, Unknown, all_of, any_of, negate
from memory.sessions.index import taking
from memory.sessions.index.rows import Rows
from memory.sessions.index.search import NEVER, Met

_OVERFLOWED: Final = Unknown(Cause.SESSION_OVERFLOW, "origin")
_TOO_MUCH: Final = Unknown(Cause.TOO_MUCH, "origin")
_MOST_ANSWERS: Final = 512  # that are kept until something happens
_SHORT: Final = 256  # characters of a value whose answer is kept


class Session(taking.Taking):
    """The questions of `dsl.state.State`; see the reference for what each of them means."""

    def __init__(self) -> None:
        super().__init__()
        self._handed_over: list[bool] = []  # by each message

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        """Return where a value was met."""
        looked = self._look(value, kind)
        if looked is None:
            return UNREADABLE
        wanted, found = looked
        met: dict[str, Truth] = {"user": self._said(wanted, found, at)}
        if self.approved:
            met["approved"] = self._was_approved(wanted, at)
        tools: dict[str, Truth] = {}
        for tool, of_level, truth in self._results(policy, wanted, found):
            met[of_level] = any_of((met[of_level], truth)) if of_level in met else truth
            tools[tool] = any_of((tools[tool], truth)) if tool in tools else truth
        return Origins(met, tools)

    def _look(self, value: Any, kind: str | None) -> tuple[Asked, dict[int, Met]] | None:
        """Return a value made ready, and where it was met; None if it cannot be read."""
        self._ready()
        key = (type(value), value, kind)
        answer = self._answers.get(key)
        if answer is None:
            wanted = asked(value, kind)
            if wanted is None:
                return None
            answer = (wanted, self._find(wanted))
            if not isinstance(value, str) or len(value) <= _SHORT:
                if len(self._answers) >= _MOST_ANSWERS:
                    self._answers.clear()
                self._answers[key] = answer
        return answer

    def _find(self, wanted: Asked) -> dict[int, Met]:
        found = self._index.search.met(wanted)
        if self._index.search.is_dim:
            found[self._index.given_at] = self._given_anew(wanted)
        return found

    def _given_anew(self, wanted: Asked) -> Met:
        """Look through the arguments of all calls: too many that held the value never ran."""
        given = Met()
        for number, let in self._past.items():
            for _, leaf in (*leaves(let.call.args), *names(let.call.args)):
                met = meets(wanted, leaf)
                if met is True:
                    given.whole = min(given.whole, number)
                elif met is not False:
                    given.doubtful = min(given.doubtful, number)
        return given

    def _said(self, wanted: Asked, found: Mapping[int, Met], at: Argument | None) -> Truth:
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        truth = self._judging.user(wanted, found)
        if wanted.short and isinstance(truth, Unknown) and (named := nouns(at)):
            return any_of(meets(wanted, text, nouns=named) for text in self.texts)
        return truth

    def _results(
        self, policy: syntax.Policy, wanted: Asked, found: Mapping[int, Met]
    ) -> Iterator[tuple[str, str, Truth]]:
        """Yield by which tools results hold a value, and with which level."""
        if self._judging.tells_elements_apart(policy):
            for one, of_level, truth in self._met(policy, wanted):
                yield f"{one.server}/{one.tool}" if one.server else one.tool, of_level, truth
        else:
            for source, of_level, truth in self._judging.results(policy, wanted, found):
                yield source.qualified, of_level, truth
        if self._index.overflowed:
            yield "-", "untrusted", _OVERFLOWED

    def _echoed(self, result_of: "reference._Let", wanted: Asked) -> Truth:
        given = self._judging.given(wanted, self._find(wanted))
        return given.echoes(NEVER if result_of.ended is None else result_of.ended)

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        """Tell whether a call with accepted arguments alone gave the value."""
        looked = self._look(value, kind)
        if looked is None:
            return UNREADABLE
        given = self._judging.given(*looked)
        passages, more = self._index.search.wholes(looked[0])
        truth: Truth = False
        for event in sorted({self._index.passages.events[one] for one in passages}):
            let = self._past[self._ended[event]]
            if let.call.outcome is not Outcome.FAILED and truth is not True:
                alone = all_of((negate(given.echoes(event)), self._accepted(policy, let.call)))
                truth = any_of((truth, alone))
        if truth is True or not (more or self._index.overflowed):
            return truth
        return _OVERFLOWED if self._index.overflowed else _TOO_MUCH

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        """Return the objects in a tool's results that hold a value beside others."""
        looked = self._look(value, kind)
        if looked is None:
            return UNREADABLE
        given = self._judging.given(*looked)
        self._rows_asked.add(tool)
        found: list[Any] = []
        for number in self._past:
            let = self._past[number]
            one, event = let.call, let.ended
            if event is None or one.outcome is Outcome.FAILED or given.sure < event:
                continue
            if taking.names(tool, one):
                rows = self._rows(number, looked[0])
                found += [WEAK] if rows and given.perhaps < event else rows
        return [*found, _OVERFLOWED] if self._index.overflowed else found

    def _rows(self, number: int, wanted: Asked) -> list[Any]:
        """Return the rows of a call's result that hold a value."""
        result = self._past[number].call.result
        if number not in self._rows_of:
            self._rows_of[number] = Rows(result)
        return self._rows_of[number].holding(wanted, result)

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        """Tell whether a call to a source of this level was let through."""
        if level == "untrusted" and self.strays:
            return True
        different = {
            (one.server, one.tool, one.outcome, one.result is None): one for one in self._marking()
        }
        return any(level in levels(policy, one) for one in different.values())

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        """Tell whether a value, or words of a text, stood in a labelled field."""
        self._ready()
        declared = list(self._declared(label, by, to))
        if not declared:
            return False
        found: Truth = False
        under = [self._labels.under(*one) for one in declared]
        if not all(one.is_empty for one in under):
            carrying = self._labels.carrying(value, self.texts if lifted else ())
            found = any_of(one.carried(carrying) for one in under)
        return _OVERFLOWED if found is False and self._index.overflowed else found

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether a call that may give something labelled back was let through."""
        under = [self._labels.under(*one) for one in self._declared(label, by)]
        running = [let.call for let in self._past.values() if let.ended is None]
        running += self._never_ran
        return any_of(
            any_of((one.marks, *(one.marked_by(call) for call in running))) for one in under
        )

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        """Return the typed values inside a text."""
        found = self._reader.entities(text)
        return Unknown(Cause.UNREADABLE, "entities") if found is None else found

    def delegated(self) -> Truth:
        """Tell whether the user's words hand the choice over."""
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        for text in self.texts[len(self._handed_over) :]:
            self._handed_over.append(delegation.delegated([text]))
        return any(self._handed_over)
