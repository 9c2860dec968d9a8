"""The laws of undoing: going back, what is held, what is let in again, and what is rejected."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory.induction.log import Log, Refreshed
from memory.induction.rejecting import LASTS, Rejected
from memory.induction.report import Report
from memory.induction.revision import Revision, induce
from memory.induction.rule import Rule
from memory.induction.undone import Released, RolledBack
from tests.memory.induction import world
from tests.memory.induction.world import START, drawn, report

CONFIGURATION = world.configuration()
NOW = START + timedelta(days=3)


def moments(*seqs: int) -> list[Refreshed]:
    return [Refreshed(seq, NOW + timedelta(hours=seq)) for seq in seqs]


def halved(seed: int) -> tuple[Log, int]:
    """Return a log whose reports come before and after a refresh, and the number of that."""
    log = drawn(seed)
    said = sorted(log.reports, key=lambda one: one.seq)
    middle = len(said) // 2
    late = [replace(one, seq=one.seq + 1) for one in said[middle:]]
    return replace(log, reports=[*said[:middle], *late]), middle + 1


def told(log: Log) -> Revision:
    return induce(log, CONFIGURATION)


@pytest.mark.parametrize("seed", [1, 4])
def test_going_back_gives_the_bytes(seed: int) -> None:
    """Law 8: whatever was reported and made since, the bytes are those of the revision."""
    log, first = halved(seed)
    end = len(log.reports) + 2
    early = [one for one in log.reports if one.seq < first]
    before = told(replace(log, reports=early, refreshes=moments(first)))
    after = replace(log, refreshes=moments(first, end))
    back = replace(after, rolled_back=[RolledBack(seq=end + 1, to=first, at=NOW)])

    assert told(after).digest != before.digest
    assert told(back) == before


@pytest.mark.parametrize("seed", [1, 4])
def test_what_is_held_makes_nothing_and_a_release_brings_it_back(seed: int) -> None:
    """Held reports are as if they had never been; let in, they are as if nothing had been held."""
    log, first = halved(seed)
    end = len(log.reports) + 2
    back = [RolledBack(seq=end, to=first, at=NOW)]
    later = moments(first, end + 1)
    held = replace(log, refreshes=later, rolled_back=back)
    early = [one for one in log.reports if one.seq < first]
    late = [one for one in log.reports if one.seq > first]
    freed = replace(held, released=[Released(seq=end + 2)])
    freed = replace(freed, refreshes=moments(first, end + 3))

    assert told(held) == told(replace(log, reports=early, refreshes=later))
    assert told(freed) == told(replace(log, refreshes=moments(first, end + 3)))
    assert freed.standing() == sorted(log.reports, key=lambda one: one.seq)
    one = late[0]
    named = replace(held, released=[Released(seq=end + 2, reports=(one.id,))])
    assert named.standing() == [*early, one]
    person = replace(held, released=[Released(seq=end + 2, reporter=one.reporter)])
    assert person.standing() == [*early, *(x for x in late if x.reporter == one.reporter)]


def test_a_release_of_a_person_lets_in_nothing_that_they_send_later() -> None:
    """Only `all` ends the hold; a name, or nobody's name, is no such word."""
    log, first = halved(1)
    end = len(log.reports) + 2
    late = replace(log.reports[0], id="rep_late", seq=end + 5)
    nameless = replace(late, id="rep_nameless", reporter=None)
    held = replace(log, reports=[late, nameless], refreshes=moments(first))
    held = replace(held, rolled_back=[RolledBack(seq=end, to=first, at=NOW)])

    def freed(**named: object) -> list[Report]:
        return replace(held, released=[Released(seq=end + 1, **named)]).standing()  # type: ignore[arg-type]  # as given

    assert freed(reporter=late.reporter) == []
    assert freed(reports=("rep_late",)) == []
    assert len(freed()) == 2


def test_going_back_twice_undoes_the_first_time() -> None:
    """What was left by going back can be gone back to, with all that counted then."""
    log, first = halved(2)
    end = len(log.reports) + 2
    whole = replace(log, refreshes=moments(first, end))
    once = replace(whole, rolled_back=[RolledBack(seq=end + 1, to=first, at=NOW)])
    again = [*once.rolled_back, RolledBack(seq=end + 2, to=end, at=NOW)]
    thrice = [*again, RolledBack(seq=end + 3, to=end + 1, at=NOW)]

    assert told(replace(once, rolled_back=again)) == told(whole)
    assert told(replace(once, rolled_back=thrice)) == told(once)
    assert replace(once, rolled_back=thrice).view.holds != ()


def rejection(rule: Rule, seq: int, at: timedelta = timedelta(0)) -> Rejected:
    known = (*rule.evidence.agreeing, *rule.evidence.contradicting)
    return Rejected(
        seq=seq,
        at=NOW + at,
        rule=rule.id,
        side=str(rule.shape.side),
        tool=rule.shape.tool,
        agreeing=rule.evidence.weight.agreeing,
        reports=tuple(sorted(one.id for one in known)),
    )


def agreed(people: int) -> Log:
    """Return a log in which some people report one call each, all to one domain."""
    calls = [
        world.case(n, {"to": f"p{n}@evil.example", "env": "prod", "amount": 5})
        for n in range(people)
    ]
    said = [report(n + 1, one, reporter=f"person{n}") for n, one in enumerate(calls)]
    return world.log(calls, said, Refreshed(100, NOW))


def test_a_rejected_rule_is_not_proposed_again_for_a_while() -> None:
    """Neither it nor other words for the same reports; after its time it is; bytes are the same."""
    log = agreed(3)
    (rule,) = told(log).rules
    gone = replace(log, rejected=[rejection(rule, 101)])
    after = replace(gone, refreshes=[*log.refreshes, Refreshed(102, NOW + timedelta(days=1))])
    long_after = [*log.refreshes, Refreshed(102, NOW + LASTS)]
    other_words = replace(rejection(rule, 101), rule="m_aaaaaaaaaaaaaaaa")
    few = replace(other_words, reports=other_words.reports[:1])

    assert told(gone).rules == (rule,)  # it is no part of what was before
    assert told(after).rules == ()
    assert told(after) == told(after)
    assert told(replace(after, rejected=[other_words])).rules == ()
    assert [one.id for one in told(replace(after, rejected=[few])).rules] == [rule.id]
    assert [one.id for one in told(replace(gone, refreshes=long_after)).rules] == [rule.id]
    side = replace(rejection(rule, 101), side="soften")
    assert [one.id for one in told(replace(after, rejected=[side])).rules] == [rule.id]


def test_with_twice_as_much_to_say_for_it_a_rule_is_proposed_again() -> None:
    """One person more is not enough; as many again are."""
    (rule,) = told(agreed(3)).rules

    def rules(people: int) -> list[str]:
        log = replace(agreed(people), rejected=[rejection(rule, 50)])
        return [one.id for one in told(log).rules]

    assert rules(4) == []
    assert rules(6) == [rule.id]


def test_a_rejection_touches_no_other_rule() -> None:
    """Law 4, turned around: what a person rejects is gone, and each other rule stands as it was."""
    log = drawn(6, 120)
    last = max(one.seq for one in log.reports)
    log = replace(log, refreshes=[Refreshed(last + 2, NOW)])
    rules = told(log).rules
    assert len(rules) > 2
    for rule in rules:
        left = told(replace(log, rejected=[rejection(rule, last + 1)])).rules
        names = {one.id for one in left}

        assert rule.id not in names
        assert names < {one.id for one in rules}
