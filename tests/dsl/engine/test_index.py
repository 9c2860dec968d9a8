"""Which rules are found for a tool, and that many of them are found as a few are."""

import gc
from weakref import ref

import pytest

from dsl import interpret, syntax
from dsl.engine import evaluating, index, shard
from dsl.engine.prices import LONGEST
from dsl.evaluation.opinion import Bound, Part, by_reading
from dsl.evaluation.scope import Scope
from dsl.model import Effect, ToolCall
from tests.dsl.making import NOW, call, policy

PLAIN = Part("call", "plain")


def found(bound: Bound, made: ToolCall) -> list[str]:
    """Name the rules that may apply, those first that surely do."""
    rules = index.Index(bound).find(PLAIN, bound.scope(Scope(made, NOW)))
    return [f"{rule.name}{'' if is_sure else '?'}" for rule, is_sure in rules.rules]


def test_rules_are_found_by_every_way_to_name_a_tool() -> None:
    """By name, with its server, by globs, by exception, and in the order they are written."""
    text = """
    rule plain: allow send;
    rule served: allow srv/send;
    rule other: allow pay;
    rule glob: ask se*;
    rule all: deny * except pay;
    rule several: deny pay, send;
    """
    bound = Bound(policy(text))

    assert found(bound, call("send")) == ["plain", "glob", "all", "several"]
    assert found(bound, call("send", server="srv")) == ["plain", "served", "glob", "all", "several"]
    assert found(bound, call("pay")) == ["other", "several"]
    assert found(bound, call("unknown")) == ["all"]


def test_an_index_goes_at_once_with_its_policy() -> None:
    """No circle holds it: long policies are frozen, and what is frozen in a circle stays for good.

    So a gateway whose long policies change again and again keeps none of those before.
    """
    bound = Bound(policy("rule r: deny pay when args.amount > 3;"))
    evaluating.prepare(bound)
    evaluating.evaluate([bound], call("pay", {"amount": 5}), NOW)
    kept = ref(evaluating.index(bound))
    gc.disable()
    try:
        del bound
        assert kept() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("server", [None, "", "srv", "a/b"])
@pytest.mark.parametrize("tool", ["send", "b/send", ""])
def test_strange_names_are_found_as_reading_finds_them(server: str | None, tool: str) -> None:
    """A slash in a name, an empty server: the same rules apply."""
    texts = ("send", "srv/send", "a/b/send", "b/send", "*", "*/send")
    header = syntax.Header("policy", "p", 1)
    rules = [
        syntax.Rule(one, Effect.DENY, syntax.Selector((syntax.ToolPattern(one),))) for one in texts
    ]
    bound = Bound(syntax.Policy(header, (header, *rules)))
    made = call(tool, server=server)

    case = bound.scope(Scope(made, NOW))
    expected = by_reading(bound, PLAIN, case)
    assert expected == evaluating.by_index(bound, PLAIN, case)


def test_tools_beyond_those_that_are_kept_are_decided_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever invents names makes the index forget, and nothing else."""
    monkeypatch.setattr(index, "_TOOLS", 2)
    bound = Bound(policy("rule a: allow t1; rule b: deny t2; rule c: ask *;"))

    for _ in range(2):
        for tool in ("t1", "t2", "t3", "t4"):
            expected = interpret.evaluate([bound], call(tool), NOW)
            assert expected == evaluating.evaluate([bound], call(tool), NOW)


def test_rules_of_many_chunks_are_found_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule's clauses stay together, and winners come in the order they are written."""
    monkeypatch.setattr(shard, "_CHUNK", 8)
    rules = [
        f"rule r{at}: deny send when args.a == {at % 5} or args.b > {at} or args.c == {at};"
        for at in range(60)
    ]
    bound = Bound(policy("\n".join(rules)))

    for args in ({"a": 3, "b": 31, "c": 7}, {"a": "x", "b": 0, "c": 1}, {}, {"b": 100}):
        expected = interpret.evaluate([bound], call(args=args), NOW)
        assert expected == evaluating.evaluate([bound], call(args=args), NOW)


def test_what_is_kept_written_out_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever new combinations of rules push the old ones out."""
    monkeypatch.setattr(shard, "_KEPT", 3)
    rules = "".join(f"rule r{at}: deny send when args.a{at} == 1;" for at in range(4))
    bound = Bound(policy(rules))

    for number in range(16):
        args = {f"a{at}": number >> at & 1 for at in range(4)}
        expected = interpret.evaluate([bound], call(args=args), NOW)
        assert expected == evaluating.evaluate([bound], call(args=args), NOW)


def test_a_rule_that_spends_its_budget_first_is_not_ruled_out() -> None:
    """Reading finds it unknown, and so it refuses, whatever stands behind what was too long."""
    text = (
        "rule r: deny send when (any x in args.list: x == 1) and args.a == 1; rule s: allow send;"
    )
    bound = Bound(policy(text))
    made = call(args={"list": [0] * 100_001, "a": 2})

    expected = interpret.evaluate([bound], made, NOW)
    assert expected == evaluating.evaluate([bound], made, NOW)
    assert expected.effect == "deny"


def test_a_value_too_long_to_index_is_read_rule_by_rule() -> None:
    """So that each rule has its budget for it, as in reading."""
    bound = Bound(policy('rule r: deny send when args.a contains "x"; rule s: allow send;'))
    long = call(args={"a": "y" * (LONGEST + 1)})
    endless = call(args={"a": "y" * 6_000_000})

    assert found(bound, long) == ["r?", "s?"]
    for made in (long, endless):
        expected = interpret.evaluate([bound], made, NOW)
        assert expected == evaluating.evaluate([bound], made, NOW)


def test_tools_of_many_rules_are_indexed_before_they_are_asked_about() -> None:
    """And those of the same rules share it, as one tool of several servers does."""
    rules = "".join(f"rule r{at}: deny send when args.a == {at};" for at in range(200))
    bound = Bound(policy(rules))

    evaluating.prepare(bound)
    made = evaluating.index(bound)._shards
    assert len(made) == 1
    for server in (None, "srv", "other"):
        evaluating.evaluate([bound], call(args={"a": 5}, server=server), NOW)
    plain = [one for one in made if one[0] == PLAIN]
    assert len(plain) == 1


def test_tools_that_were_asked_about_are_indexed_before_new_rules_decide() -> None:
    """Also where rules reach them by a glob alone; the first call then waits for nothing."""
    before = Bound(policy("rule r: deny read_* when args.a == 1; rule s: allow read_*;"))
    after = Bound(policy("rule r: deny read_* when args.a == 2; rule s: allow read_*;"))
    evaluating.evaluate([before], call("read_mail", server="srv"), NOW)

    evaluating.prepare(after, before)
    asked = evaluating.index(before)._by_tool.keys()
    assert asked
    assert asked <= evaluating.index(after)._by_tool.keys()
    for number in (1, 2):
        made = call("read_mail", {"a": number}, server="srv")
        expected = interpret.evaluate([after], made, NOW)
        assert expected == evaluating.evaluate([after], made, NOW)


def test_what_uses_up_a_budget_before_is_met_though_it_could_be_left() -> None:
    """A rule that is false further on is unknown, where reading never gets there."""
    text = """
    rule r: ask send
      when args.d.e == 1 and args.d.f? == 1 and args.d.g? == 1 and args.a == 1;
    rule s: allow send;
    """
    bound = Bound(policy(text))

    for size in (99, 101, 399, 401, 40_000, 99_990, 100_001):
        for short in ({}, {"f": [0] * size, "g": [0] * size}):
            made = call(args={"a": 2, "d": {"e": [0] * size, **short}})
            expected = interpret.evaluate([bound], made, NOW)
            assert expected == evaluating.evaluate([bound], made, NOW)


def test_a_tool_chosen_by_what_its_file_says_is_always_read() -> None:
    """The test of the file comes first, and may not end."""
    bound = Bound(policy('rule r: deny tools where risk == "high" when args.a == 1;'))

    assert found(bound, call(args={"a": 2})) == ["r?"]


@pytest.mark.parametrize("first", ["1", "true"])
def test_what_is_worked_out_with_true_is_not_what_is_with_one(first: str) -> None:
    """They are equal numbers to Python, and no two values of the language are less alike."""
    last = "true" if first == "1" else "1"
    forms = ("near(args.a, 5, {})", "max([args.a, {}]) == 7", "prices(args.b, {}) == 7")
    for form in forms:
        text = f"""
        table prices {{ ("a", 1): 5; ("a", true): 7; }}
        rule r: ask send when {form.format(first)};
        rule q: deny send when {form.format(last)};
        rule s: allow send;
        """
        bound, made = Bound(policy(text)), call(args={"a": 50, "b": "a"})
        expected = interpret.evaluate([bound], made, NOW)
        assert expected == evaluating.evaluate([bound], made, NOW)


def test_what_takes_much_room_is_not_kept() -> None:
    """Whoever tries number after number finds ever other hundreds of rules that apply."""
    rules = "".join(f"rule r{at}: deny send when args.a > {at};" for at in range(200))
    bound = Bound(policy(rules))

    for number in range(0, 200, 10):
        made = call(args={"a": number})
        expected = interpret.evaluate([bound], made, NOW)
        assert expected == evaluating.evaluate([bound], made, NOW)
    kept = evaluating.index(bound)
    held = [one for each in kept._shards.values() for one in each._kept.values()]
    assert held
    assert kept.verdicts
    assert all(len(one.rules) <= shard.MOST_KEPT for one in held)
    assert all(len(one.reasons) <= shard.MOST_KEPT for one in kept.verdicts.values())
