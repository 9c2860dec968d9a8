"""Replies with values in them: the value of the call, made harmless and cut short."""

import time
from decimal import Decimal
from typing import Any

import pytest

from dsl.evaluation import interpolate
from dsl.model import Subject
from dsl.types import Unreadable
from tests.dsl.making import decide
from tests.expect import expect_error

HINT = "`{args.amount}` puts a value in; `{{` and `}}` are the signs themselves"
CUT = interpolate.LONGEST


def reply(text: str, **args: Any) -> Any:
    """Return the reply of a rule that denies."""
    more: dict[str, Any] = {
        "subject": Subject("ann", ("a", "b")),
        "agent": "bot",
        "session": "s1",
    }
    verdict = decide(f'rule r: deny send reply "{text}";', args=args, context={"k": "v"}, **more)
    return verdict.reply


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("No.", {}, "No."),
        ("At most 100, not {args.amount}.", {"amount": 500}, "At most 100, not 500."),
        ("{args.amount}", {"amount": Decimal("1.50")}, "1.5"),
        ("{ args.amount }", {"amount": 1}, "1"),
        ("{args.a.b[1]}", {"a": {"b": ["x", "y"]}}, "y"),
        ("{args.to}{args.to}", {"to": "a"}, "aa"),
        ("{args.l}", {"l": ["x", 1, True, None]}, '["x",1,true,null]'),
        ("{args.b}", {"b": True}, "true"),
        ("{tool} {agent.id} {subject.id} {session.id} {context.k}", {}, "send bot ann s1 v"),
        ("{now}", {}, "2026-01-01 12:00:00+00:00"),
        ("{{args.amount}} {{}}", {"amount": 5}, "{args.amount} {}"),
        ("{{{args.amount}}}", {"amount": 5}, "{5}"),
        ("{args.amount}", {}, "(absent)"),
        ("{args.amount}", {"amount": None}, "(absent)"),
        ("to `{args.to}`", {"to": ""}, "to ``"),
        ("{args.a.b.c}", {"a": 5}, "(absent)"),
        ("{args.a[7]}", {"a": [1]}, "(absent)"),
        ("{args[0]}", {"a": 1}, "(absent)"),
        ("{args.image}", {"image": Unreadable("png")}, "(absent)"),
        ("{args.half}", {"half": "\ud800"}, "(absent)"),
    ],
)
def test_values_stand_in_the_words(text: str, args: dict[str, Any], expected: str) -> None:
    """A value is written as the agent would write it; one that is not there is said to be so."""
    assert expected == reply(text, **args)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{args.b}", "{args.b}"),  # what a value says is no reply
        ("{0}", "{0}"),
        ("{0.__class__}", "{0.__class__}"),
        ("%s %(a)s $a", "%s %(a)s $a"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\nb\rc", "a\ufffdb\ufffdc"),
        ("a\u202eb", "a\ufffdb"),
        ("a\u2066b\u2069c", "a\ufffdb\ufffdc"),
        ("a\x00b\x7f", "a\ufffdb\ufffd"),
        ("x" * (CUT + 1), "x" * CUT + "..."),
        ("x" * CUT, "x" * CUT),
        ({"a": "x" * 1_000}, '{"a":"' + "x" * (CUT - 6) + "..."),
    ],
)
def test_a_value_cannot_steer_who_reads_it(value: Any, expected: str) -> None:
    """Control and direction characters are replaced, and long values are cut."""
    assert expected == reply("{args.a}", a=value, b="secret")


def test_names_that_mean_something_to_python_are_names() -> None:
    """A path leads to members of the call's own objects and nowhere else."""
    assert reply("{args.__class__}") == "(absent)"
    assert reply("{args.__class__}", __class__="mine") == "mine"
    assert reply("{subject.__dict__}") == "(absent)"
    assert reply("{args.a.__len__}", a="text") == "(absent)"


def test_a_very_long_value_is_cut_soon() -> None:
    """Words are bounded, whatever the call holds."""
    began = time.process_time()
    shown = reply("{args.a}" * 20, a="\u202e" * 1_000_000)

    assert len(shown) == 20 * (CUT + len("..."))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "a `{` stands alone in the reply"),
        ("}", "a `}` stands alone in the reply"),
        ("a {args.b", "a `{` stands alone in the reply"),
        ("{args.b}}", "a `}` stands alone in the reply"),
        ("{}", "`{}` names no value"),
        ("{0}", "`{0}` names no value"),
        ("{args.}", "`{args.}` names no value"),
        ("{args.l[*]}", "`{args.l[*]}` names no value"),
        ("{args.a!r}", "`{args.a!r}` names no value"),
        ("{args.a:>9999999}", "`{args.a:>9999999}` names no value"),
        ("{args.a?}", "`{args.a?}` names no value"),
        ("{len(args)}", "`{len(args)}` names no value"),
        *(
            (
                f"{{{root}.a}}",
                f"a reply cannot show `{root}`: it shows {', '.join(interpolate.ROOTS)}",
            )
            for root in ("fact", "result", "past", "record", "os", "self", "__builtins__")
        ),
    ],
)
def test_what_names_no_value_is_an_error(written: str, message: str) -> None:
    """A mistake in a reply is found when the policy is loaded, not when it is shown."""
    carets = "^" * (len(written) + 2)
    text = f'rule r: deny send reply "{written}";\n                        {carets}\n'
    expect_error(text, message=message, help=HINT)


def test_each_look_words_its_own_call() -> None:
    """A refusal of the changed call shows the changed value."""
    rules = """
      rule a: allow send when args.n == 5 with set(args.n, 1);
      rule d: deny send when args.n == 1 reply "not {args.n}";
    """

    assert decide(rules, args={"n": 5}).reply == "not 1"
    assert decide(rules, args={"n": 1}).reply == "not 1"
