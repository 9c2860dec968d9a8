"""What is learned of a few cases: the rule that a person would have written, and no other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dsl.model import Effect
from memory.induction.case import Base, Case
from memory.induction.evidence import Evidence, Side
from memory.induction.fold import fold
from memory.induction.log import Log, Refreshed
from memory.induction.report import Kind, Label, Report, Status
from memory.induction.revision import induce
from memory.induction.rule import Level, Rule
from tests.memory.induction import world
from tests.memory.induction.world import START, case, log, report

CONFIGURATION = world.configuration()


def mail(number: int, to: str, env: str = "prod", **more: Any) -> Case:
    return case(number, {"to": to, "env": env, "amount": 50}, **more)


def quiet(first: int, many: int = 200) -> list[Case]:
    """Return calls that nobody says anything of."""
    return [mail(first + at, f"{'abcdef'[at % 6]}@corp.example", "test") for at in range(many)]


def stops(rule: Rule) -> bool:
    return rule.shape.side is Side.DENY and rule.level is not Level.SHADOW


def rules(told: Log) -> tuple[Rule, ...]:
    return fold(told, CONFIGURATION).rules


def agreed() -> Log:
    """Return a log in which four persons report four calls, and nobody two hundred others."""
    bad = [
        mail(n, f"{'xyz'[n % 3]}@evil.example", ["prod", "dev", "test"][n % 3]) for n in range(4)
    ]
    return log([*bad, *quiet(100)], [report(n, one) for n, one in enumerate(bad)])


def test_a_few_people_agree_and_their_calls_are_asked_about() -> None:
    """Reports of four persons on one domain become one rule that asks, and names the domain."""
    (rule,) = rules(agreed())

    assert rule.level is Level.ASK
    assert rule.shape.text == 'domain(args.to) == "evil.example"'
    # Two days old, each of the four weighs 0.985.
    assert (rule.evidence.weight.agreeing, rule.evidence.weight.contradicting) == (3940, 0)


def test_one_person_alone_never_makes_anybody_wait() -> None:
    """Ten reports of one reporter weigh 2, and a rule of one reporter asks nothing."""
    bad = [mail(n, "x@evil.example") for n in range(10)]
    said = [report(n, one, reporter="eve") for n, one in enumerate(bad)]

    assert {one.level for one in rules(log([*bad, *quiet(100)], said))} <= {
        Level.SHADOW,
        Level.ADVISE,
    }


def test_a_lone_report_is_a_shadow_of_its_best_literals() -> None:
    """One report makes no more than a rule that is watched."""
    bad = mail(1, "x@evil.example")
    (rule,) = rules(log([bad, *quiet(100)], [report(1, bad)]))

    assert rule.level is Level.SHADOW
    assert len(rule.shape.literals) == 3


def test_anonymous_reports_alone_stay_in_the_shadow() -> None:
    """Whoever gives no name can bring a rule no further than to be watched."""
    bad = [mail(n, "x@evil.example") for n in range(9)]
    said = [report(n, one, reporter=None) for n, one in enumerate(bad)]

    assert {one.level for one in rules(log([*bad, *quiet(100)], said))} == {Level.SHADOW}


def test_what_stops_much_of_the_traffic_does_not_ask() -> None:
    """A rule that would stop over 2 % of the week's calls stays at a hint, however well proved."""
    bad = [mail(n, "x@evil.example") for n in range(30)]
    said = [report(n, one, kind=Kind.AUDIT) for n, one in enumerate(bad[:10])]
    loud = rules(log([*bad, *quiet(100)], said))

    assert {one.level for one in loud if one.evidence.bound >= 5000} == {Level.ADVISE}
    assert Level.ASK in {one.level for one in rules(log([*bad, *quiet(100, 3000)], said))}


def test_a_contradiction_becomes_an_exception() -> None:
    """Where a feature tells the calls apart, the rule excepts those that people said were fine."""
    bad = [mail(n, "x@evil.example", "prod" if n % 2 else "dev") for n in range(12)]
    fine = [mail(n, "x@evil.example", "test") for n in range(20, 26)]
    said = [report(n, one, kind=Kind.AUDIT) for n, one in enumerate(bad)]
    said += [report(n, one, Label.OK, kind=Kind.AUDIT) for n, one in enumerate(fine, start=20)]
    found = [one for one in rules(log([*bad, *fine, *quiet(100)], said)) if stops(one)]

    assert found
    assert all(not one.evidence.contradicting for one in found)
    assert any("test" in each.text for one in found for each in one.shape.excluded) or all(
        "args.env" in one.shape.text for one in found
    )


def test_where_nothing_tells_calls_apart_a_person_is_asked() -> None:
    """Contradicting reports on equal calls open a review that names where was looked."""
    same = [mail(n, "x@evil.example") for n in range(8)]
    said = [report(n, one, Label.OK if n % 2 else Label.VIOLATION) for n, one in enumerate(same)]
    memory = fold(log([*same, *quiet(100)], said), CONFIGURATION)

    assert memory.reviews
    assert {one.kind for one in memory.reviews} == {"no_separating_feature"}
    assert "args.to" in memory.reviews[0].places
    assert all(one.level is not Level.ASK for one in memory.rules)


def test_a_model_that_was_wrong_is_named_and_nothing_is_loosened() -> None:
    """Denials by a model that people call fine are nominated, with the origin they may not have."""
    soft: dict[str, Any] = {"base": Base(Effect.DENY, soft=True), "effect": Effect.DENY}
    fine = [mail(n, f"{'xyz'[n % 3]}@shop.example", **soft) for n in range(9)]
    said = [report(n, one, Label.OK, kind=Kind.AUDIT) for n, one in enumerate(fine)]
    found = [one for one in rules(log([*fine, *quiet(100)], said)) if one.shape.side is Side.SOFTEN]

    (rule,) = found
    (literal,) = rule.shape.literals

    assert rule.level is Level.ASK
    assert [one.text for one in rule.shape.tests] == [
        literal.text,
        f"not {literal.place} from untrusted",
        *([f"not {literal.place} from nowhere"] if literal.identifies else []),
    ]


def refreshes(*days: float) -> list[Refreshed]:
    return [Refreshed(1000 + at, START + timedelta(days=day)) for at, day in enumerate(days)]


def bad_mail() -> tuple[list[Case], list[Report]]:
    bad = [mail(n, f"{'xyz'[n % 3]}@evil.example") for n in range(4)]
    return [*bad, *quiet(100)], [report(n, one) for n, one in enumerate(bad)]


def test_a_rule_keeps_its_name_and_birth() -> None:
    """The same literals are the same rule at each refresh."""
    cases, said = bad_mail()
    first, later = (rules(log(cases, said, *refreshes(*days))) for days in ((1,), (1, 2, 3)))

    assert [(one.id, one.born_seq) for one in first] == [(one.id, one.born_seq) for one in later]


def test_old_reports_weigh_less_and_rules_go_back() -> None:
    """With nothing new for a year, a rule stops asking."""
    cases, said = bad_mail()
    asking = [
        any(one.level is Level.ASK for one in rules(log(cases, said, *refreshes(*days))))
        for days in ((1,), (1, 2, 3))
    ]
    late = rules(log(cases, said, *refreshes(1, 100, 200, 365)))

    assert asking == [True, True]
    assert all(one.level is Level.SHADOW for one in late)


def test_a_rule_of_another_tools_calls_is_none_of_this_one() -> None:
    """Each tool is learned by itself, in the light of all its tenant's traffic."""
    cases, said = bad_mail()
    elsewhere = [case(n, {"path": "/srv/data/x"}, tool="read") for n in range(900, 950)]
    found = rules(log([*cases, *elsewhere], said))

    assert [one.id for one in found] == [one.id for one in rules(log(cases, said))]
    assert {one.shape.tool for one in found} == {"send"}


def test_a_rule_on_a_program_names_the_words_of_the_command() -> None:
    """The overlay names what its rules speak of, and nothing that they do not."""
    lines = ["git push", "git pull --all", "git fetch origin", "git push"]
    common = {"to": "a@corp.example", "env": "prod", "amount": 50}
    bad = [case(n, {**common, "command": one}) for n, one in enumerate(lines)]
    fine = [case(n, {**common, "command": "ls -l"}) for n in range(100, 300)]
    told = induce(log([*bad, *fine], [report(n, one) for n, one in enumerate(bad)]), CONFIGURATION)

    assert "let words_command = argv(args.command);" in told.narrow
    assert 'present(args.command) and words_command[0] == "git"' in told.narrow
    assert "let" not in induce(log(fine, []), CONFIGURATION).narrow


def spoken_of(sent: list[dict[str, Any]], **more: Any) -> tuple[Log, Evidence]:
    """Return a log in which one person spoke of some calls, and what it proves of all of them."""
    calls = [case(n, {"to": "x@evil.example", "env": "prod", **one}) for n, one in enumerate(sent)]
    said = [report(n, one, reporter="ana", at=START) for n, one in enumerate(calls, 1)]
    told = log([*calls, *quiet(100)], [said[0], *(replace(one, **more) for one in said[1:])])
    found = [one for one in rules(told) if {"rep_00001"} <= {e.id for e in one.evidence.agreeing}]
    return told, max((one.evidence for one in found), key=lambda one: one.background)


ALIKE = [{"amount": 1}] * 8
MANY = [{"amount": 1, "note": "abc"[n // 10] * (n % 10 + 1)} for n in range(30)]


def test_what_was_said_in_vain_is_not_silence() -> None:
    """Reports that repeat, or are over the cap of a day, weigh nothing; yet nobody was silent."""
    for sent, weigh in ((ALIKE, 1), (MANY, 20)):
        told, evidence = spoken_of(sent)

        assert len(told.counted()) == weigh
        assert evidence.background == 0


def test_what_does_not_stand_was_not_said() -> None:
    """Of calls whose reports were taken back, or are held, nobody said anything."""
    told, evidence = spoken_of(ALIKE, status=Status.QUARANTINED)

    assert len(told.counted()) == 1
    assert evidence.background > 0
