"""Calls near those that the fail-open suite lets through: spoilt, doubled, disguised; none passes.

The law is clear where a rule tests an argument itself: one that is missing, null or of another type
is unknown, so an `allow` that needs it is lost and a `deny` or `ask` applies. Where a question goes
to all leaves of a value (`from`, `has`), a value may stand deeper and is still seen.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import strictjson, syntax, walk
from dsl.evaluation import choosing
from dsl.model import Effect, ReasonCode
from tests.dsl import drawing
from tests.dsl.fail_open import DECIDED, Case, probe_of, twin_of
from tests.dsl.planting import truth_or

TWINS: Final = {name: twin_of(name) for name in DECIDED}
# What cannot be seen or looks like something else: joiners, turns, blanks, a NUL, a Cyrillic a.
DISGUISES: Final = "\u200b\u200d\u2060\ufeff\u00ad\u202e\u2066\u0000\u0301\u00a0\u3000\n\r\t \u0430"
OVERSIZED: Final = ("1e65", "-1e-65", "1" * 41, "0." + "1" * 40, "NaN", "Infinity")


class Argument(NamedTuple):
    """An argument of a probe's twin, or of the probe itself."""

    name: str
    argument: str
    case: Case

    @property
    def value(self) -> Any:
        """Return what the case gives."""
        return self.case.args.get(self.argument)

    def effect(self, *value: Any) -> Effect:
        """Decide the case with another value, or without one."""
        args = {key: one for key, one in self.case.args.items() if key != self.argument}
        if value:
            (args[self.argument],) = value
        return self.case.decide(strictjson.canonical(args)).effect


def _asked(case: Case, kind: type[syntax.Node]) -> set[str]:
    """Return the arguments that one kind of node asks for, in conditions and in what they name."""
    trees = tuple(
        tree
        for bound in case.bound
        for tree in (*(rule.condition for rule in bound.policy.rules), *bound.policy.lets)
    )
    paths = (path for node in walk.nodes(trees, kind) for path in walk.nodes(node, syntax.Path))
    return {str(path.steps[0]) for path in paths if path.root == "args"}


def _of_leaves(case: Case) -> set[str]:
    return {
        name for kind in (syntax.From, syntax.Has, syntax.Judged) for name in _asked(case, kind)
    }


def _changes(case: Case) -> bool:
    return any(rule.transforms for bound in case.bound for rule in bound.policy.rules)


# Arguments that tests look at; a rule that changes the call may allow whatever it overwrites.
TESTED: Final = [
    Argument(name, argument, case)
    for name, case in TWINS.items()
    if not _changes(case)
    for argument in sorted(_asked(case, syntax.Path) - _of_leaves(case))
]
# Texts that must be one of a few: any other is not let through, also not one that holds them.
CLOSED: Final = [
    one
    for one in TESTED
    if isinstance(one.value, str)
    and Effect.ALLOW not in {one.effect(text) for text in ("z", f"z{one.value}", f"{one.value}z")}
]
# Values that are refused for where they come from, or for their label.
REFUSED: Final = [
    one
    for name in DECIDED
    if name[0] in "EF"
    for case in (probe_of(name),)
    for one in (Argument(name, argument, case) for argument in sorted(_of_leaves(case)))
    if case.fault is None and "lost" not in case.state and one.value
]
# Twins that are allowed for their tools' names, written out.
NAMED: Final = [
    name
    for name, case in TWINS.items()
    for policies in ([bound.policy for bound in case.bound],)
    if all(one.default is None or one.default.effect is not Effect.ALLOW for one in policies)
    and not any(
        rule.selector.where or any("*" in pattern.text for pattern in rule.selector.patterns)
        for policy in policies
        for rule in policy.rules
        if rule.effect is Effect.ALLOW
    )
]


def test_there_is_something_to_vary() -> None:
    """Most probes of arguments have one that is tested, and each list has several probes."""
    of_arguments = {one.name for one in TESTED if one.name[0] == "A"}

    assert len(of_arguments) > sum(name[0] == "A" for name in DECIDED) / 2
    assert min(len({one.name for one in some}) for some in (CLOSED, REFUSED)) > 5
    assert len(NAMED) > 5


def label(one: Argument) -> str:
    return f"{one.name}-{one.argument}"


def kind_of(value: Any) -> str:
    """Name the JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "truth"
        case str() | list() | dict():
            return type(value).__name__
        case _:
            return "number"


def spoilt(value: Any) -> Iterator[Any]:
    """Yield values of every other type, also such that hold the right one."""
    around: tuple[Any, ...] = ([value], [[value]], {"value": value}, {"0": value}, [value, value])
    plain: tuple[Any, ...] = (None, True, False, 0, 7, -1, "", "7", "true", "null", [], {}, [None])
    yield from (one for one in (*plain, *around) if kind_of(one) != kind_of(value))


@pytest.mark.parametrize("one", TESTED, ids=label)
def test_a_spoilt_argument_is_not_let_through(one: Argument) -> None:
    """Left out, null or of another type, a tested argument never passes."""
    let_through = [value for value in spoilt(one.value) if one.effect(value) is Effect.ALLOW]

    assert (let_through, one.effect() is Effect.ALLOW) == ([], False)


any_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@drawing.law(300)
@given(one=st.sampled_from(TESTED), value=any_json)
def test_no_value_of_another_type_is_let_through(one: Argument, value: Any) -> None:
    """The same with whatever JSON can hold."""
    if kind_of(value) != kind_of(one.value):
        assert one.effect(value) is not Effect.ALLOW


def test_a_lax_evaluator_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where unknown counted as false, or as true, some spoilt arguments would pass."""
    for counts in (False, True):
        with monkeypatch.context() as patch:
            patch.setattr(choosing, "all_of", truth_or(default=counts))
            assert any(one.effect(None) is Effect.ALLOW for one in TESTED)


@pytest.mark.parametrize("one", CLOSED, ids=label)
def test_a_disguised_text_is_not_let_through(one: Argument) -> None:
    """A sign that nobody sees, anywhere in it, makes another text of an expected one."""
    text = one.value
    places = {0, len(text) // 2, len(text)}
    disguised = [text[:at] + sign + text[at:] for sign in DISGUISES for at in places]
    disguised += [text.upper() + " ", text + "\u0000evil", text + "\nevil", "evil\n" + text]

    assert [one for text in disguised if one.effect(text) is Effect.ALLOW] == []


@drawing.law(300)
@given(
    one=st.sampled_from(CLOSED),
    signs=st.lists(st.sampled_from(DISGUISES), min_size=1),
    data=st.data(),
)
def test_no_disguise_is_let_through(one: Argument, signs: list[str], data: st.DataObject) -> None:
    """The same with several signs, wherever they stand."""
    text = str(one.value)
    for sign in signs:
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + sign + text[at:]

    assert one.effect(text) is not Effect.ALLOW


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Put a value one level deeper, beside others."""
    others = st.lists(st.sampled_from(["x", 1, True, None, "GB29NWBK60161331926819"]), max_size=2)
    lists = st.builds(lambda before, one, after: [*before, one, *after], others, inner, others)
    keys = st.sampled_from(["iban", "to", "0", ""])
    objects = st.builds(lambda key, one, rest: {"rest": rest, key: one}, keys, inner, others)
    return lists | objects


@drawing.law(300)
@given(one=st.sampled_from(REFUSED), data=st.data())
def test_a_refused_value_is_seen_at_any_depth(one: Argument, data: st.DataObject) -> None:
    """In lists and objects, beside harmless ones, a value is refused as it is by itself."""
    deeper = st.recursive(st.just(one.value), around, max_leaves=4)

    assert one.effect(data.draw(deeper)) is not Effect.ALLOW


@pytest.mark.parametrize("name", DECIDED)
def test_a_doubled_key_is_not_let_through(name: str) -> None:
    """Equal or not, two members of one name are no arguments that one could decide about."""
    case = TWINS[name]
    for text in doubled(case.args):
        assert case.decide(text).code is ReasonCode.INVALID_CALL


def doubled(args: dict[str, Any]) -> Iterator[str]:
    """Yield the arguments as a text, with each key at the top twice, and one that is new."""
    members = {key: strictjson.canonical(value) for key, value in {**args, "new": 1}.items()}
    for twice, same in members.items():
        for other in (same, "null"):
            written = [f"{json.dumps(key)}: {value}" for key, value in members.items()]
            yield "{" + ", ".join([f"{json.dumps(twice)}: {other}", *written]) + "}"


@pytest.mark.parametrize("name", DECIDED)
def test_a_number_that_is_none_is_not_let_through(name: str) -> None:
    """A number beyond the limits is refused wherever it stands, looked at or not."""
    case = TWINS[name]
    for key in {**case.args, "new": None}:
        for number in OVERSIZED:
            others = {one: value for one, value in case.args.items() if one != key}
            rest = strictjson.canonical(others)[1:]
            comma = ", " if others else ""
            for value in (number, f"[{number}]", f'{{"x": {number}}}'):
                verdict = case.decide(f"{{{json.dumps(key)}: {value}{comma}{rest}")
                assert verdict.code is ReasonCode.INVALID_CALL


@pytest.mark.parametrize("name", NAMED)
def test_a_tool_by_a_name_like_it_is_not_let_through(name: str) -> None:
    """A tool is allowed by its name, letter by letter."""
    case = TWINS[name]
    tool = case.tool
    names = {tool.upper(), tool.title(), f"{tool}2", f"x{tool}", f"{tool}.", f"{tool}*", "*", ""}
    names |= {at for sign in DISGUISES for at in (tool + sign, sign + tool)}

    assert [
        other
        for other in sorted(names)
        if replace(case, tool=other).decide().effect is Effect.ALLOW
    ] == []
