"""The rules that speak of one tool, indexed by what they test."""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from dsl import syntax
from dsl.engine.atoms import Clauses, Field, apart
from dsl.engine.columns import Column, Holds, Order, Placed, Same, Text, There, mask
from dsl.engine.prices import is_short
from dsl.engine.reading import Reader, is_plain, reader
from dsl.evaluation.scope import Scope

_CHUNK: Final = 8192  # clauses of one chunk: a mask of it has a kilobyte at most
_KEPT: Final = 1024  # answers that are kept written out
MOST_KEPT: Final = 64  # rules of an answer that is kept: each has a reason in the verdict

# A rule that may apply to a call, and whether it surely does.
Candidate = tuple[syntax.Rule, bool]


class Found:
    """The rules that may apply to a call, in their order; one thing for all calls of the same."""

    __slots__ = ("is_plain", "rules")

    def __init__(self, rules: tuple[Candidate, ...]) -> None:
        self.rules = rules
        # Nothing but these rules counts: all apply, and none brings anything that the call tells.
        self.is_plain = len(rules) <= MOST_KEPT and all(
            is_sure and _says_the_same(rule) for rule, is_sure in rules
        )


def _says_the_same(rule: syntax.Rule) -> bool:
    """Tell whether a rule says the same of every call that it applies to."""
    return not (rule.transforms or rule.duties or (rule.reply and "{" in rule.reply))


class Shard:
    """An index of rules; it tells those that cannot apply from those that do and those to read."""

    def __init__(self, rules: Sequence[syntax.Rule], scope: Scope) -> None:
        """Index rules for the tool of the scope's call."""
        self._all = Found(tuple((rule, False) for rule in rules))
        places: dict[Field, int] = {}
        parts = _chunks((rule, apart(rule, scope)) for rule in rules)
        self._chunks = [_Chunk(some, places) for some in parts]
        self._readers = [reader(field) for field in places]
        self._kept: dict[tuple[tuple[int, int], ...], Found] = {}

    def find(self, scope: Scope) -> Found:
        """Return the rules that may apply, in their order."""
        if is_short(scope.call, scope.content):
            return self.find_in_short(scope)
        return self._all  # a rule's budget may come into it, so each is read

    def find_in_short(self, scope: Scope) -> Found:
        """Return the rules that may apply to what is known to be short."""
        values: list[Any] = [None] * len(self._readers)
        key = tuple([chunk.look(values, self._readers, scope) for chunk in self._chunks])
        known = self._kept.get(key)
        if known is None:
            pairs = zip(self._chunks, key, strict=True)
            known = Found(tuple(one for chunk, found in pairs for one in chunk.rules(*found)))
            if len(known.rules) > MOST_KEPT:
                return known
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = known
        return known


_Apart = tuple[syntax.Rule, Clauses]


def _chunks(rules: Iterator[_Apart]) -> Iterator[list[_Apart]]:
    """Yield rules in portions; the clauses of one rule stay together."""
    some: list[_Apart] = []
    size = 0
    for rule, clauses in rules:
        if some and size + len(clauses.any_of) > _CHUNK:
            yield some
            some, size = [], 0
        some.append((rule, clauses))
        size += len(clauses.any_of)
    if some:
        yield some


class _Looks(NamedTuple):
    """One field: which of the values it is, the clauses that look at it, and in which columns."""

    value: int
    mentions: int
    columns: tuple[Column, ...]


class _Chunk:
    """Some thousand clauses and the columns that they look at."""

    def __init__(self, rules: Sequence[_Apart], places: dict[Field, int]) -> None:
        self._owner: list[syntax.Rule] = []
        whole: list[int] = []
        atoms: list[Placed] = []
        for rule, clauses in rules:
            for clause in clauses.any_of:
                bit = len(self._owner)
                self._owner.append(rule)
                whole += [bit] if clauses.whole else []
                atoms += [Placed(bit, atom) for atom in clause]
        self._everything = (1 << len(self._owner)) - 1
        self._whole = mask(whole)
        looks = sorted(_looks(atoms, self._everything, places), key=itemgetter(0))
        self._looks = [one for _, one in looks]

    def look(self, values: list[Any], readers: Sequence[Reader], scope: Scope) -> tuple[int, int]:
        """Return the clauses that may hold, and those that do."""
        possible, sure = self._everything, self._whole
        for at, mentions, columns in self._looks:
            if not possible & mentions:
                continue
            value = values[at]
            if value is None:
                value = values[at] = readers[at](scope)
            for column in columns:
                left, held = column.look(value)
                possible &= left
                sure &= held
        return possible, sure & possible

    def rules(self, possible: int, sure: int) -> Iterator[Candidate]:
        """Yield the rules of clauses, each once: it surely applies if one of its clauses does."""
        current: syntax.Rule | None = None
        held = False
        while possible:
            low = possible & -possible
            possible ^= low
            rule = self._owner[low.bit_length() - 1]
            if current is not None and rule is not current:
                yield current, held
                held = False
            current, held = rule, held or bool(sure & low)
        if current is not None:
            yield current, held


def _looks(
    atoms: Sequence[Placed], everything: int, places: dict[Field, int]
) -> Iterator[tuple[int, _Looks]]:
    """Yield what is looked at and what that costs.

    Of several tests in one clause that are alike, each has a column of its own.
    """
    grouped: dict[Field, dict[tuple[str, bool, int], list[Placed]]] = {}
    seen: dict[tuple[int, Field, str, bool], int] = {}
    for one in atoms:
        atom = one.atom
        form = (atom.form, atom.opposite)
        turn = seen.get((one.bit, atom.field, *form), 0)
        seen[one.bit, atom.field, *form] = turn + 1
        grouped.setdefault(atom.field, {}).setdefault((*form, turn), []).append(one)
    for field, alike in grouped.items():
        columns = tuple(
            _column(form, some, everything, opposite=opposite)
            for (form, opposite, _), some in alike.items()
        )
        mentions = mask(one.bit for some in alike.values() for one in some)
        place = places.setdefault(field, len(places))
        yield _cost(field, columns), _Looks(place, mentions, columns)


def _column(form: str, placed: list[Placed], everything: int, *, opposite: bool) -> Column:
    match form:
        case "same":
            return Same(placed, everything, opposite=opposite)
        case "order":
            return Order(placed, everything)
        case "holds":
            return Holds(placed, everything, opposite=opposite)
        case "text":
            return Text(placed, everything, opposite=opposite)
        case _:
            return There(placed, everything, opposite=opposite)


def _cost(field: Field, columns: Iterable[Column]) -> int:
    """Return the place of what is looked at: what is quick to read and to look up comes first."""
    return (0 if is_plain(field) else 2) + any(isinstance(column, Text) for column in columns)
