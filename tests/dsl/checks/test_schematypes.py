"""With the tools' schemas known, a test that mixes types is refused before any call."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import parse, toolspec
from dsl.checks import schematypes
from dsl.checks.schemalook import Look
from dsl.errors import Finding, Source
from dsl.evaluation import conditions
from dsl.toolspec import Tools
from dsl.types import Unknown
from tests.dsl.drawing import law
from tests.dsl.making import call, scope
from tests.expect import HEADER

TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
ITEM = {"type": "object", "properties": {"price": NUMBER, "tags": {"type": "array", "items": TEXT}}}
SEND = {
    "amount": TEXT,
    "start": TEXT,
    "to": {"type": ["array", "null"], "items": TEXT},
    "n": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "level": {"enum": ["low", "high", None]},
    "items": {"type": "array", "items": ITEM},
    "pair": {"type": "array", "prefixItems": [TEXT, NUMBER]},
    "either": {"type": ["string", "integer"]},
    "mixed": {"enum": ["low", 1]},
    "some": {"anyOf": [TEXT, NUMBER]},
    "named": {"$ref": "#/$defs/text"},
    "open": {},
}
PAY = {"amount": NUMBER, "flag": FLAG}


def declare(**tools: dict[str, Any]) -> Tools:
    listed = [
        {"name": name.replace("__", "/"), "inputSchema": {"properties": arguments}}
        for name, arguments in tools.items()
    ]
    for one in listed:
        one["inputSchema"]["$defs"] = {"text": TEXT}  # type: ignore[index]  # it is a schema
    return toolspec.read(Source("t.json", json.dumps(listed)))


TOOLS = declare(send=SEND, pay=PAY)


def check(text: str, tools: Tools = TOOLS) -> list[Finding]:
    return schematypes.check(parse.parse(Source("p.bar", HEADER + text)), tools)


def wrong(text: str, tools: Tools = TOOLS) -> list[tuple[str, str]]:
    """Return each place that is refused, and why."""
    whole = HEADER + text
    return [(whole[one.span.start : one.span.end], one.message) for one in check(text, tools)]


def places(text: str, tools: Tools = TOOLS) -> list[str]:
    return [place for place, _ in wrong(text, tools)]


# Each test that mixes types, the place in it, and nearly the same test that does not.
PAIRS = [
    ("args.amount > 3", "args.amount > 3", 'args.amount > "3"'),
    ("args.level == 1", "args.level == 1", 'args.level == "low"'),
    ('args.n? == "x"', 'args.n? == "x"', "args.n? == 1"),
    ('args.to == "x"', 'args.to == "x"', '"x" in args.to'),
    ("1 in args.to", "args.to", '"1" in args.to'),
    ('args.amount in ["1", 2]', "2", 'args.amount in ["1", "2"]'),
    ("args.amount in 1..3", "1..3", "args.n in 1..3"),
    ('args.n contains "x"', "args.n", 'args.amount contains "x"'),
    ("args.n matches /x/", "args.n", "args.amount matches /x/"),
    ('host(args.n) == "x"', "args.n", 'host(args.amount) == "x"'),
    ("len(args.amount) > 1", "args.amount", "len(args.to) > 1"),
    ("args.amount", "args.amount", "args.open"),
    ("any t in args.to: t == 1", "t == 1", 'any t in args.to: t == "1"'),
    ("any t in args.amount: t == 1", "args.amount", "any t in args.open: t == 1"),
    ('sum(i in args.items: i.price * "2") > 1', 'i.price * "2"', "args.items[0].price * 2 > 1"),
    (
        "any i in args.items: any t in i.tags: t > 1",
        "t > 1",
        'any i in args.items: any t in i.tags: t > "1"',
    ),
    ('args.items[0].price == "x"', 'args.items[0].price == "x"', "args.items[0].price == 1"),
    ("args.items[*].price == 1", "args.items[*].price == 1", "1 in args.items[*].price"),
    ("args.start > 2026-01-31", "args.start > 2026-01-31", "parse_time(args.start) > 2026-01-31"),
    ("args.amount == args.n", "args.amount == args.n", "args.amount == args.level"),
    ("args.n + 3h > now", "args.n + 3h", "args.n + 3 > 4"),
]


@pytest.mark.parametrize(("mixed", "place", "fits"), PAIRS)
def test_a_test_that_mixes_types_is_refused_and_its_like_is_not(
    mixed: str, place: str, fits: str
) -> None:
    """What the schema declares is held against every test, at the smallest place."""
    assert [place] == places(f"rule r: deny send when {mixed};")
    assert places(f"rule r: deny send when {fits};") == []


@pytest.mark.parametrize("name", ["pair[0]", "either", "mixed", "some", "named", "open", "other"])
@pytest.mark.parametrize("value", ["1", '"x"', "true"])
def test_nothing_is_guessed(name: str, value: str) -> None:
    """Where the schema leaves more than one type, or says it elsewhere, the call alone tells."""
    assert places(f"rule r: deny send when args.{name} == {value};") == []


def test_the_message_names_the_tool_and_what_it_declares() -> None:
    """A finding is one sentence that tells what stands where, with help beside it."""
    (finding,) = check("rule r: deny send when args.amount > 3;")
    (late,) = check("rule r: deny send when args.start > now;")

    assert (finding.code, finding.message, finding.level, finding.help) == (
        "BAR201",
        "a text and a number cannot be compared: `send` declares `amount` as a text",
        "error",
        "change this or the tools file, or leave `send` out of the rule",
    )
    assert late.help == "`parse_time(...)` reads a time from a text"


@pytest.mark.parametrize(
    ("chosen", "refused"),
    [
        ("send", True),
        ("*", True),
        ("se*, pay", True),
        ("hub/send", True),
        ("tools where risk == 1", True),
        ("pay", False),
        ("* except send", False),
        ("* except se*", False),
        ("other", False),
    ],
)
def test_every_tool_that_a_rule_takes_in_counts(chosen: str, *, refused: bool) -> None:
    """A mismatch with one of a rule's tools is a mismatch, as the test is unknown there."""
    assert refused is bool(check(f"rule r: deny {chosen} when args.amount > 3;"))


@pytest.mark.parametrize(
    ("chosen", "refused"),
    [("hub/send", False), ("other/send", True), ("send", True), ("hub/*", False), ("h*/*", True)],
)
def test_the_schema_is_that_of_the_call(chosen: str, *, refused: bool) -> None:
    """A tool declared with its server answers for calls to that server, the plain one elsewhere."""
    tools = declare(send={"amount": TEXT}, hub__send={"amount": NUMBER})

    found = check(f"rule r: deny {chosen} except pay when args.amount > 3;", tools)

    assert refused is bool(found)


@pytest.mark.parametrize(
    ("guard", "refused"),
    [
        ('tool == "pay" and ', False),
        ('tool in ["pay", "hub/pay"] and ', False),
        ('tool == "hub/send" and ', True),
        ('tool == "pay" or ', True),
        ('tool != "pay" and ', True),
    ],
)
def test_a_test_on_the_tool_leaves_the_others_out(guard: str, *, refused: bool) -> None:
    """Beside a test that is false for a tool, no other can be unknown for it."""
    assert refused is bool(check(f"rule r: deny * when {guard}args.amount > 3;"))


def test_named_values_are_looked_through() -> None:
    """A let has the type of what it names, and is itself looked at for the rules that use it."""
    lets = "let few = args.n;\nlet large = args.amount > 3;\nlet things = args.items;\n"

    assert places(lets + "rule r: deny pay when large and few > 1;") == []
    assert places(lets + "rule r: deny send when large;") == ["args.amount > 3"]
    assert places(lets + 'rule r: deny send when few > "1";') == ['few > "1"']
    assert places(lets + 'rule r: deny send when any x in things: x.price > "1";') == [
        'x.price > "1"'
    ]


@pytest.mark.parametrize(
    ("mixed", "place", "fits"),
    [
        ("sum(pay: past.args.flag within 1h)", "past.args.flag", "sum(pay: past.args.amount)"),
        (
            'count(pay where past.args.amount == "x")',
            'past.args.amount == "x"',
            "count(pay where past.args.amount == 1)",
        ),
        ('last(pay).args.amount + "1"', 'last(pay).args.amount + "1"', "last(pay).args.amount + 1"),
        (
            'count(pay where past.args.amount == "x")',
            'past.args.amount == "x"',
            'count(p* where past.args.amount == "x")',
        ),
    ],
)
def test_questions_about_earlier_calls_are_held_against_their_tool(
    mixed: str, place: str, fits: str
) -> None:
    """What one declared tool was called with has the types of its schema, whatever rule asks."""
    assert [place] == places(f"rule r: deny send when {mixed} > 3;")
    assert places(f"rule r: deny send when {fits} > 3;") == []


def test_values_that_are_set_fit_their_argument() -> None:
    """A value that the schema would refuse is refused beforehand."""
    assert places('rule r: allow pay with set(args.amount, "x");') == ['set(args.amount, "x")']
    assert places("rule r: allow pay with set(args.amount, 1);") == []


def test_values_compared_by_their_kind_may_differ_in_type() -> None:
    """A declared kind has one form for a text and a number: `==` and `in` may mix them."""
    kind = "kind send.amount is number;\n"
    rule = "rule r: deny send when args.amount {};"

    assert places(kind + rule.format("== 3") + rule.format("in [1, 2]").replace("r:", "s:")) == []
    assert places(kind + rule.format("< 3")) == ["args.amount < 3"]
    assert places(kind.replace("send", "pay") + rule.format("== 3")) == ["args.amount == 3"]


def test_results_are_looked_at_and_replies_are_not() -> None:
    """The arguments of a result are those of its call; a reply has none."""
    assert places("rule r on result: deny send when args.amount > 3;") == ["args.amount > 3"]
    assert places('rule r on reply: deny when reply contains "x";') == []


def test_an_edit_is_looked_at_again() -> None:
    """What is known of a rule counts as long as nothing it was found of has changed."""
    rule = "rule r: deny send when large;"
    texts = ("let large = args.n > 3;", "let large = args.amount > 3;", "let large = args.n > 3;")

    assert [places(text + rule) for text in texts] == [[], ["args.amount > 3"], []]
    assert [
        bool(check("rule r: deny t when args.a > 3;", declare(t={"a": kind})))
        for kind in (TEXT, NUMBER)
    ] == [True, False]


def test_findings_move_with_the_text() -> None:
    """A rule known from before is refused at the place where it stands now."""
    rule = "rule r: deny send when args.amount > 3;"

    assert [places(text + rule) for text in ("", "\n\n", "# note\n")] == [["args.amount > 3"]] * 3


def test_a_rule_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy loaded again costs no look at what is known: only what was edited is new."""
    seen: list[object] = []

    def seeing(*given: Any) -> Look:
        seen.append(given[0].name)
        return Look(*given)

    monkeypatch.setattr(schematypes, "Look", seeing)
    tools = declare(send=SEND, pay=PAY)
    rules = "rule a: deny send when args.n > 1;\nrule b: deny pay when args.amount > {};\n"
    for text in (rules.format(1), rules.format(1), rules.format(2)):
        check(text, tools)

    assert seen == ["send", "pay", "pay"]


VALUES: dict[str, Sequence[Any]] = {
    "string": ("", "a", "ab"),
    "integer": (0, 5),
    "number": (0, Decimal("1.5")),
    "boolean": (True, False),
}
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


@law(300)
@given(
    declared=st.sampled_from(sorted(VALUES)).flatmap(
        lambda kind: st.tuples(st.just(kind), st.sampled_from(VALUES[kind]))
    ),
    operator=st.sampled_from(OPERATORS),
    constant=st.sampled_from(['"a"', "1", "true", "2026-01-01", "15m"]),
    turned=st.booleans(),
)
def test_what_passes_never_meets_a_wrong_type(
    *, declared: tuple[str, Any], operator: str, constant: str, turned: bool
) -> None:
    """A comparison that loads is true or false for each call that fits the schema."""
    kind, value = declared
    sides = [constant, "args.a"] if turned else ["args.a", constant]
    text = HEADER + f"rule r: deny send when {f' {operator} '.join(sides)};"
    policy, findings = parse.read(Source("p.bar", text))
    assert policy is not None
    if findings or schematypes.check(policy, declare(send={"a": {"type": kind}})):
        return
    held = conditions.evaluate(policy.rules[0].condition, scope(call(args={"a": value})))  # type: ignore[arg-type]  # it has one

    assert not isinstance(held, Unknown)
