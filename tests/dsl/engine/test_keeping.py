"""A verdict that was kept is given again only to calls of which nothing else can be told."""

from typing import Any

import pytest

from dsl import interpret, toolspec
from dsl.engine import evaluating
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.toolspec import Tools
from tests.dsl.making import NOW, call, policy

SCHEMA = '{"type": "object", "properties": {"b": {"type": "number"}}}'
TOOLS: Tools = toolspec.read(Source("t.json", f'[{{"name": "send", "inputSchema": {SCHEMA}}}]'))
OPEN = "policy p version 1; rule r: allow send;"
RIDDLE = "QUJD" * 200 + "1"

# Two calls to which the same rules apply, and yet not the same is said of them.
PAIRS: dict[str, tuple[str, Any, Any]] = {
    "a reply with what the call holds": (
        'policy p version 1; rule r: deny send reply "not {args.a}";',
        {"a": 1},
        {"a": 2},
    ),
    "a change": (
        'policy p version 1; rule r: allow send with set(args.a, "ok");',
        {"a": "ok"},
        {"a": "other", "b": 1},
    ),
    "a rule in shadow": (
        f"{OPEN} rule s: deny send when args.a == 1 mode shadow;",
        {"a": 2},
        {"a": 1},
    ),
    "a rule that asks a model": (
        f'{OPEN} rule j: deny send when args.a == 1 and judge("be kind" as tone forbids) >= 0.8;',
        {"a": 2},
        {"a": 1},
    ),
    "a call that its schema refuses": (OPEN, {"b": 1}, {"b": "one"}),
    "a tool that no file declares": (OPEN, {"b": 1}, None),
}


@pytest.mark.parametrize("what", PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_what_only_the_call_tells_is_looked_at_each_time(what: str, *, turned: bool) -> None:
    """Whichever of the two comes first."""
    text, *given = PAIRS[what]
    bound = Bound(policy(text), TOOLS if "refuses" in what or "declares" in what else None)
    calls = [call(args=one) if one is not None else call("sent") for one in given]
    expected = [interpret.evaluate([bound], made, NOW) for made in calls]

    assert expected[0] != expected[1]
    for made in reversed(calls) if turned else calls:
        assert expected[calls.index(made)] == evaluating.evaluate([bound], made, NOW)


def test_what_cannot_be_read_is_not_taken_for_text() -> None:
    """A test of it is unknown, where the same test of a text is false."""
    bound = Bound(policy('rule r: deny send when args.a == "x"; rule s: allow send;'))

    for given in ("text", RIDDLE, "\ud800\u00fc"):
        made = call(args={"a": given})
        expected = interpret.evaluate([bound], made, NOW)
        assert expected == evaluating.evaluate([bound], made, NOW)
        assert expected.effect == ("allow" if given == "text" else "deny")


def test_policies_of_a_session_are_asked_though_those_beside_them_say_the_same() -> None:
    """What was kept for calls without them is not theirs."""
    base = Bound(policy(OPEN))
    narrowing = Bound(
        policy("overlay s version 1; rule n: deny send when args.a == 1;"), published=False
    )
    made = call(args={"a": 1})

    assert evaluating.evaluate([base], made, NOW).effect == "allow"
    assert evaluating.evaluate([base, narrowing], made, NOW).effect == "deny"
    assert evaluating.evaluate([base, narrowing], call(args={"a": 2}), NOW).effect == "allow"


def test_tools_with_kinds_of_their_own_are_indexed_apart() -> None:
    """The same rules speak of both, and what is equal in one is not in the other."""
    text = """
    kind send.a is email;
    rule r: deny send, pay when args.a == "joe@corp.com";
    rule s: allow send, pay;
    """
    bound = Bound(policy(text))

    for tool, effect in (("pay", "allow"), ("send", "deny"), ("pay", "allow")):
        made = call(tool, args={"a": "Joe@Corp.com"})
        expected = interpret.evaluate([bound], made, NOW)
        assert expected == evaluating.evaluate([bound], made, NOW)
        assert expected.effect == effect


def test_policies_of_a_session_share_a_budget_of_which_no_index_knows() -> None:
    """One call finds what it looks for at once, and another uses up what the last rule needs."""
    names = "let c0 = 5;" + "".join(f"let c{at} = c{at - 1};" for at in range(1, 45))
    listed = f"[1, {', '.join(['c44'] * 500)}, 2]"
    rules = "".join(f"rule n{at}: ask send when args.a not in {listed};" for at in range(5))
    base = Bound(policy(OPEN))
    narrowing = Bound(policy(f"overlay s version 1; {names} {rules}"), published=False)

    for given, effect in ((1, "allow"), (2, "ask")):
        made = call(args={"a": given})
        expected = interpret.evaluate([base, narrowing], made, NOW)
        assert expected.effect == effect
        assert expected == evaluating.evaluate([base, narrowing], made, NOW)
