"""What uses up a rule's budget before the index looks is met, however it is hidden."""

from collections.abc import Mapping
from typing import Any

import pytest

from dsl import interpret
from dsl.engine import evaluating
from dsl.engine.atoms import apart
from dsl.evaluation.opinion import Bound
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Effect
from tests.dsl.making import NOW, call, policy

# What costs much, the call that makes it do so, and names it needs.
_OBJECT = dict.fromkeys(map(str, range(100_001)))
_NESTED = {"p": [{"q": [{"r": [0] * 48}] * 48}] * 48}
_LIST = f"let list = [{', '.join(['args.d.e'] * 2500)}];"
_MANY = " and ".join(f"len(list) != {at}" for at in range(22))
_CHAIN = "let c0 = 1;" + "".join(f"let c{at} = c{at - 1};" for at in range(1, 45))
_DOUBLED = "let n0 = args.d.e + 1;" + "".join(
    f"let n{at} = n{at - 1} + n{at - 1};" for at in range(1, 18)
)
SPENDING: dict[str, tuple[str, Mapping[str, Any], str]] = {
    "members of an object": ("len(values(args.d)) >= 0", _OBJECT, ""),
    "elements of elements": ('"x" in d.p[*].q[*].r[*]', _NESTED, "let d = args.d;"),
    "whether they are there": ("present(d.p[*].q[*].r[*])", _NESTED, "let d = args.d;"),
    "lists that are written": (_MANY, {"e": 1}, _LIST),
    "names of names": (f"args.d.e not in [{', '.join(['c44'] * 2500)}]", {"e": 2}, _CHAIN),
    "names of sums": ("n17 != 5", {"e": 1}, _DOUBLED),
}


@pytest.mark.parametrize("what", SPENDING)
def test_a_rule_that_is_out_of_steps_is_unknown_and_not_ruled_out(what: str) -> None:
    """Reading finds it unknown and it applies, though what stands behind is false."""
    spending, given, names = SPENDING[what]
    text = f"{names} rule r: ask send when {spending} and args.a == 1; rule s: allow send;"
    made = call(args={"a": 2, "d": given})
    bound = Bound(policy(text))

    expected = interpret.evaluate([bound], made, NOW)
    assert expected == evaluating.evaluate([bound], made, NOW)
    assert expected.effect is Effect.ASK
    assert expected.reasons[0].cause is Cause.TOO_MUCH


@pytest.mark.parametrize("sign", ["and", "or"])
def test_names_of_names_are_not_written_out_without_end(sign: str) -> None:
    """Each holds the one before twice: a rule of thirty would be a billion tests."""
    names = "let n0 = args.a == 1;" + "".join(
        f"let n{at} = n{at - 1} {sign} n{at - 1};" for at in range(1, 31)
    )
    sums = "let s0 = args.b + 1;" + "".join(
        f"let s{at} = s{at - 1} + s{at - 1};" for at in range(1, 31)
    )
    read = policy(f"{names}{sums} rule r: deny send when n30 and s30 > 5;")

    assert not apart(read.rules[0], Scope(call(), NOW, names_of(read))).whole
