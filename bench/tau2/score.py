"""Counts what the records hold, and holds the counts against the goals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.tau2.cases import lines
from bench.tau2.judge import Record, Said

MOST_FALSE: Final = 2  # per cent of the clean calls
MOST_EXPECTED: Final = 2  # per cent of the gold calls that may be listed as rightly denied
LEAST: Final = {"mutant": 300, "legal": 100}


@dataclass(frozen=True, slots=True)
class Expected:
    """A gold call that breaks the handbook, so that denying it is right, and who decided so."""

    id: str
    rule: str
    line: int
    decided_by: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A call on which policy and label disagree, and which of them the handbook bears out."""

    id: str
    line: int
    right: str  # "policy" or "label"
    decided_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: how many of how many, what was wanted, and whether that held.

    `held` is none where the figure is reported and not scored.
    """

    measure: str
    n: int
    hits: int
    goal: str
    held: bool | None


def allowed(said: Said) -> bool:
    """Tell whether the call would have run as it was asked for."""
    return said.effect == "allow"


def by_wanted_lines(record: Record, said: Said) -> bool:
    """Tell whether a call was denied by a rule of each line that it breaks, and for certain.

    A denial by another rule does not count, nor one because something was unknown.
    """
    if said.effect != "deny" or not record.wanted:
        return False
    certain = {line for _, line, how in said.by if how == "true"}
    return all(lines(wanted) & certain for wanted in record.wanted)


def right(record: Record, said: Said, expected: Sequence[Expected] = ()) -> bool:
    """Tell whether a case came out as its part wants it."""
    if record.part in {"violating", "refused_too", "mutant"}:
        return by_wanted_lines(record, said)
    listed = [one for one in expected if one.id == record.id]
    if listed:
        return said.effect == "deny" and listed[0].rule in {rule for rule, _, _ in said.by}
    return allowed(said)


def rows(records: Sequence[Record], expected: Sequence[Expected] = ()) -> list[Row]:
    """Return every measure of the table."""
    return [
        *_of_parts(records, expected, "given"),
        _labels(records),
        *_of_arms(records),
    ]


def _of_parts(records: Sequence[Record], expected: Sequence[Expected], arm: str) -> list[Row]:
    """Return the table's own lines."""

    def row(measure: str, part: str) -> Row:
        some = of(records, part)
        hits = sum(right(one, one.arms[arm], expected) for one in some)
        least = LEAST.get(part, 1)
        goal = "all" if least == 1 else f"all, at least {least} calls"
        return Row(measure, len(some), hits, goal, len(some) >= least and hits == len(some))

    clean, odd = of(records, "clean"), of(records, "clean_error")
    false = sum(not allowed(one.arms[arm]) for one in clean)
    most = len(clean) * MOST_FALSE // 100
    return [
        row("gold_allowed", "gold"),
        row("violating_denied_by_line", "violating"),
        row("refused_too_denied_by_line", "refused_too"),
        Row("clean_false_positives", len(clean), false, f"at most {most}", false <= most),
        Row(
            "clean_error_allowed",
            len(odd),
            sum(allowed(one.arms[arm]) for one in odd),
            "reported",
            None,
        ),
        row("mutants_denied_by_line", "mutant"),
        row("legal_mutants_allowed", "legal"),
    ]


def _labels(records: Sequence[Record]) -> Row:
    """Count labels and not calls: a call may bear two."""
    pairs = [
        (one, wanted)
        for part in ("violating", "refused_too")
        for one in of(records, part)
        for wanted in one.wanted
    ]
    hits = sum(
        any(line in lines(wanted) and how == "true" for _, line, how in one.arms["given"].by)
        for one, wanted in pairs
        if one.arms["given"].effect == "deny"
    )
    return Row("labels_met", len(pairs), hits, "all", hits == len(pairs))


def _of_arms(records: Sequence[Record]) -> list[Row]:
    """Return what the way in which facts come changes."""
    same = sum(one.arms["given"] == one.arms["fetched"] for one in records)
    let = sum(allowed(one.arms["missing"]) for one in records)
    alone = [(one, effect) for one in records for effect in one.without.values()]
    looser = sum(effect == "allow" and not allowed(one.arms["given"]) for one, effect in alone)
    n = len(records)
    return [
        Row("fetched_as_given", n, same, "all", same == n),
        Row("allowed_without_facts", n, let, "none", let == 0),
        Row("loosened_without_one_fact", len(alone), looser, "none", looser == 0),
    ]


def expected_within_bounds(records: Sequence[Record], expected: Sequence[Expected]) -> bool:
    """Tell whether so few gold calls are listed as rightly denied as may be."""
    gold = {one.id for one in of(records, "gold")}
    return {one.id for one in expected} <= gold and (
        len(expected) * 100 <= MOST_EXPECTED * len(gold)
    )


def of(records: Iterable[Record], part: str) -> list[Record]:
    """Return the records of one part."""
    return [one for one in records if one.part == part]


def labelled(records: Iterable[Record]) -> list[Record]:
    """Return the records that bear a label, or none, of the data set: mutants left out."""
    return [one for one in records if one.part not in {"mutant", "legal"}]


def disagree(records: Iterable[Record]) -> list[Record]:
    """Return the labelled calls on which policy and label say different things."""
    return [
        one
        for one in labelled(records)
        if one.arms["given"].effect != ("deny" if one.wanted else "allow")
    ]


def agreement(records: Sequence[Record], disputes: Sequence[Dispute]) -> tuple[int, int, int]:
    """Return how many labelled calls there are, agreed on raw, and after the handbook was read."""
    apart = disagree(records)
    for_policy = {one.id for one in disputes if one.right == "policy"}
    n = len(labelled(records))
    return n, n - len(apart), n - sum(one.id not in for_policy for one in apart)


def failing(records: Sequence[Record], expected: Sequence[Expected] = ()) -> list[Record]:
    """Return the cases that did not come out as they should, with facts given."""
    scored = [one for one in records if one.part != "clean_error"]
    return [one for one in scored if not right(one, one.arms["given"], expected)]


def by_mutator(records: Iterable[Record]) -> dict[str, tuple[int, int]]:
    """Return, for each mutator, how many mutants there are and how many came out right."""
    found: dict[str, tuple[int, int]] = {}
    for one in records:
        if one.mutator is not None:
            n, hits = found.get(one.mutator, (0, 0))
            found[one.mutator] = n + 1, hits + right(one, one.arms["given"])
    return found


def read_expected(found: Sequence[dict[str, Any]]) -> list[Expected]:
    """Read the list of gold calls that are rightly denied."""
    return [Expected(**one) for one in found]


def read_disputes(found: Sequence[dict[str, Any]]) -> list[Dispute]:
    """Read what was decided about calls on which policy and label disagree."""
    return [Dispute(**one) for one in found]
