"""Faults that a lax evaluator may have, each planted by a patch; and what must catch it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from dsl import interpret, kinds, patterns, selectors, strictjson, toolspec
from dsl.evaluation import (
    choosing,
    conditions,
    duties,
    leaving,
    lookup,
    numbers,
    opinion,
    origin,
    transforms,
    values,
)
from dsl.model import Effect, Reason, ReasonCode, Verdict
from dsl.session import asked, audience, labels, matching, reading, session, words
from dsl.state import Origins, Outcome
from dsl.types import Truth, Unknown, all_of
from tests.dsl import fail_open
from tests.dsl.fail_open import Faulty

Plant = Callable[[pytest.MonkeyPatch], None]


def put(target: object, name: str, value: Any) -> Plant:
    """Return the planting of one thing in the place of another."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(target, name, value)

    return plant


def together(*plants: Plant) -> Plant:
    """Return the planting of several things."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


def truth_or(*, default: bool) -> Callable[[Any], Truth]:
    """Return a join of conditions in which what is unknown counts as true, or as false."""

    def joined(parts: Any) -> Truth:
        found = all_of(parts)
        return default if isinstance(found, Unknown) else found

    return joined


_refusal, _base, _settled = interpret._refusal, opinion._base, opinion._settled
_calculate, _lookup, _opinion = numbers.calculate, lookup.lookup, opinion.opinion
_read = strictjson.read


def allowed_without_policy(code: ReasonCode, **why: str) -> Verdict:
    if code is not ReasonCode.NO_POLICY:
        return _refusal(code, **why)
    return Verdict(Effect.ALLOW, code, (Reason(code, Effect.ALLOW),))


def allowed_by_default(*given: Any) -> Reason | None:
    base = _base(*given)
    return base and replace(base, effect=Effect.ALLOW)


def first_unknown_of_all(policy: Any, judged: Any, base: Any) -> Any:
    """Let the highest priority decide, also where that rule is unknown."""
    top = max((rule.priority for rule, _ in judged), default=0)
    return _settled(policy, [one for one in judged if one[0].priority == top], base)


def laxest(*effects: Effect) -> Effect:
    return min(effects, key=lambda effect: effect.strictness)


def nothing_by_overlays(bound: Any, *given: Any) -> Any:
    return None if bound.policy.is_overlay else _opinion(bound, *given)


def empty_for_missing(path: Any, scope: Any) -> Any:
    found = _lookup(path, scope)
    return "" if isinstance(found, Unknown) else found


def zero_for_faults(left: Any, operator: str, right: Any) -> Any:
    found = _calculate(left, operator, right)
    return found if not isinstance(found, str) else 0


def all_have_run(self: Faulty, per: Any, since: Any) -> Any:
    found = session.Session.past(self, per, since)
    assert not isinstance(found, Unknown)
    return [replace(one, outcome=Outcome.EXECUTED) for one in found]


def empty_for_unreadable(text: bytes | str) -> Any:
    try:
        return _read(text)
    except strictjson.InvalidJson:
        return {}


def last_key_wins(text: bytes | str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise strictjson.InvalidJson(str(error)) from error


def searched(pattern: str, value: str) -> bool:
    return patterns.compiled(pattern).search(value) is not None


def matched_in_a_line(pattern: str, value: str) -> bool:
    return re.search(f"^(?:{pattern})$", value, re.MULTILINE) is not None


def matched_to_a_nul(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value.partition("\0")[0]) is not None


def dots_stop_at_lines(glob: str) -> str:
    return ".*".join(map(re.escape, glob.split("*")))


def first_of_two(*parts: Any) -> Any:
    return next(iter(*parts), True)


def only_what_is_unaccepted(found: Any) -> Any:
    return (
        Origins({"trusted": True}, {}) if isinstance(found, Origins) and not found.levels else found
    )


def nowhere_is_trusted(self: Faulty, policy: Any, value: Any, kind: Any, at: Any = None) -> Any:
    found = session.Session.origins(self, policy, value, kind, at)
    known = isinstance(found, Unknown) or any(seen is not False for seen in found.levels.values())
    return found if known else Origins({"trusted": True}, {})


def trusted_is_enough(self: Faulty, policy: Any, value: Any, kind: Any, at: Any = None) -> Any:
    found = session.Session.origins(self, policy, value, kind, at)
    if isinstance(found, Unknown) or found.levels.get("trusted") is not True:
        return found
    return Origins({"trusted": True}, {})


def origins_without_faults(self: Faulty, policy: Any, value: Any, kind: Any, at: Any = None) -> Any:
    return session.Session.origins(self, policy, value, kind, at)


def low_for_no_score(test: Any, scope: Any) -> Any:
    found = _judged(test, scope)
    return False if isinstance(found, Unknown) else found


def any_score(test: Any, scope: Any) -> Any:
    score = scope.state.score(test, None, scope.call)
    try:
        return float(score) <= 1 and float(score) >= test.threshold
    except (TypeError, ValueError):
        return False


def one_approval(deciding: Any) -> Any:
    found = _approval(deciding)
    return replace(found, needs=found.needs[:1])


def one_name_in_any_case(pattern: str, server: str | None, tool: str) -> bool:
    return _names(pattern.lower(), server, tool.lower())


def nothing_but_texts(value: Any, label: str, scope: Any) -> Any:
    found = values.evaluate(value, scope) if value is not None else None
    return _has(value, label, scope) if isinstance(found, str | None) else False


def permits_one(policy: Any, declared: Any, to: Any) -> bool:
    return any(_permits(policy, declared, [place]) for place in to)


def every_beginning(place: Any) -> set[str]:
    return {place.host[:end] for end in range(1, len(place.host) + 1)}


def what_is_read(destinations: Any) -> tuple[Any, ...]:
    places = (audience.place_of(one.value, one.kind) for one in destinations)
    return tuple(place for place in places if place is not None)


def as_written(written: str, start: int) -> words.Word:
    return words.Word(written, written, start, start + len(written))


def first_fact_stays(kept: Faulty, told: Mapping[str, Any]) -> None:
    if told.get("fact") not in kept.facts:
        _happens(kept, told)


_judged, _has, _names = origin._judged, leaving.has, selectors.names
_permits = audience.permits
_approval, _happens = interpret._approval, fail_open._happens

# What is planted, and cases that must catch it; `A04` stands for all of A04.
FAULTS: Final[Mapping[str, tuple[Plant, str]]] = {
    "unknown counts as false": (
        put(choosing, "all_of", truth_or(default=False)),
        "A03 A04 A05 A11 A16 D01 D02 D03-1 D03-2 D04 E01-3 F01-2 F06-1 F07 F09-1 F09-2 F09-3 F09-4",
    ),
    "unknown counts as true": (
        put(choosing, "all_of", truth_or(default=True)),
        "A01 A07-2 A07-3 A07-5 A08-2 D03-6 D10 F06-3 F06-4 F09-5",
    ),
    "without a policy all is allowed": (put(interpret, "_refusal", allowed_without_policy), "C01"),
    "where no rule applies all is allowed": (
        put(opinion, "_base", allowed_by_default),
        "A01 A08 A10-1 A10-3 A10-4 A12 A13-1 C05 D10 F08",
    ),
    "a rule that is unknown hides one that is certain": (
        put(opinion, "_settled", first_unknown_of_all),
        "A15",
    ),
    "what allows overrides what denies": (
        put(opinion, "strictest", laxest),
        "A13-3 B02-4 B03 C06 E01-1 F01-1 F02-1 F03-1",
    ),
    "the laxest policy wins": (put(interpret, "strictest", laxest), "E01 E03 E05"),
    "overlays are not asked": (put(interpret, "opinion", nothing_by_overlays), "E01-2 E01-3 E03"),
    "exceptions are not looked at": (
        put(selectors, "selects", lambda chosen, call: selectors.listed(chosen.patterns, call)),
        "A10-4",
    ),
    "names of tools are the same in any case": (
        put(selectors, "names", one_name_in_any_case),
        "A10-3",
    ),
    "what is missing is an empty text": (put(lookup, "lookup", empty_for_missing), "A03 F03-5"),
    "types that differ are not equal": (
        put(conditions, "_mistyped", lambda test: False),
        "A04-1 A04-2 A05",
    ),
    "a calculation that fails is zero": (put(numbers, "calculate", zero_for_faults), "A11"),
    "the first element speaks for all": (put(conditions, "all_of", first_of_two), "A07-4 A07-5"),
    "arguments are not held against the schema": (
        put(interpret, "schema_fault", lambda bound, call: None),
        "A02 A09-1 A09-3 A10-2 B06",
    ),
    "objects of a schema are open": (
        put(toolspec, "_closed", lambda schema, depth: schema),
        "A09-1 A09-3",
    ),
    "arguments that cannot be read are none": (
        put(strictjson, "read", empty_for_unreadable),
        "B07",
    ),
    "the last of two keys wins, numbers are rounded": (
        put(strictjson, "read", last_key_wins),
        "A09-2 A09-4 B07-1 B07-2 B07-3 B07-4 B07-5 B07-6 B07-7 B07-8 B07-9 B07-10",
    ),
    "patterns are searched for": (put(patterns, "whole", searched), "B01 B02-1 B02-2 B02-3"),
    "patterns match a line": (put(patterns, "whole", matched_in_a_line), "B01-2 B01-3 B02-1"),
    "texts end at a NUL": (put(patterns, "whole", matched_to_a_nul), "B02-3"),
    "globs do not reach beyond a line": (put(patterns, "from_glob", dots_stop_at_lines), "B02-4"),
    "changes are not held against one another": (
        together(
            put(transforms, "_refuse_conflicts", lambda changes: None),
            put(interpret, "_refuse_more", lambda changed, wanted: None),
        ),
        "A13-2",
    ),
    "the changed call is not judged": (
        put(interpret, "_stricter", lambda first, again, changed, phase: first.verdict),
        "A13-3",
    ),
    "no score is a low score": (put(origin, "_judged", low_for_no_score), "D01 D02-1 D02-2"),
    "any number is a score": (put(origin, "_judged", any_score), "D01-3 D01-4 D01-6 D01-7"),
    "a fact is kept beyond a write": (put(fail_open, "_happens", first_fact_stays), "D11"),
    "one approval is enough": (put(interpret, "_approval", one_approval), "E06"),
    "a lost session is an empty one": (
        put(fail_open, "NOTHING_KNOWN", session.Session()),
        "D04-1 D04-2 D04-4 F09-1 F09-2",
    ),
    "a call that waits or failed has run": (put(Faulty, "past", all_have_run), "F01-2 F01-3 F06"),
    "no call has run": (put(Faulty, "past", lambda self, per, since: []), "F01"),
    "duties are not asked for": (put(duties, "unmet", lambda policy, rule, scope: None), "F06-5"),
    "values are compared letter by letter": (
        put(kinds, "read", lambda value, kind: str(value)),
        "F02-1 F02-2 F02-3",
    ),
    "words are compared letter by letter": (
        together(
            put(words, "_word", as_written),
            put(asked, "_PLAIN", re.compile("(?!)")),  # no way past the words
            put(labels, "word_runs", lambda text: text.split()),
            put(matching, "read", reading.once),  # and nothing that was read before
        ),
        "F03-2",
    ),
    "all sources are trusted": (
        put(session, "level", lambda policy, one, place: ("trusted", False)),
        "E05 F02-1 F02-2 F02-3 F02-5 F08-2",
    ),
    "an echo is a result like any other": (put(Faulty, "_echoed", lambda *_: False), "F05"),
    "what was seen nowhere is trusted": (put(Faulty, "origins", nowhere_is_trusted), "F08-1 F08-4"),
    "trusted is enough for `only`": (put(Faulty, "origins", trusted_is_enough), "F08-2"),
    "a session that is too full is searched": (
        put(Faulty, "origins", origins_without_faults),
        "F07",
    ),
    "labels are not looked at": (
        put(Faulty, "labelled", lambda *_: False),
        "F03-1 F03-2 F03-3 F03-4",
    ),
    "labels are looked for in texts alone": (put(leaving, "has", nothing_but_texts), "F03-4"),
    "one place in the audience is enough": (put(audience, "permits", permits_one), "F03-7"),
    "a host is told by how it begins": (put(audience, "_taking_in", every_beginning), "F03-8"),
    "a place that nobody can read is none": (put(leaving, "_leads_to", what_is_read), "F03-9"),
    "whoever has an audience may have it": (
        put(audience, "permits", lambda policy, declared, to: declared.audience is not None),
        "F03-7 F03-8",
    ),
}
