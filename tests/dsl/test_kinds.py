"""Declared kinds decide how values are compared: all ways of writing one value are one value."""

import time
from fractions import Fraction
from typing import Any

import pytest

from dsl import kinds
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause
from dsl.types import Unknown
from tests.dsl.making import NOW, call, effect, policy
from tests.expect import expect_error

IBAN = "DE89370400440532013000"
SPACED = "de89 3704 0044 0532 0130 00"
OTHER = "GB29NWBK60161331926819"
DECLARED = """
  kind send.to is iban; kind send.cc[*] is email; kind send.all is email; kind send.n is number;
  kind send.day is date; kind send.row.to is iban; kind send.rows[*].to is iban;
  kind "hub/send".at is url;
"""


def says(text: str, declared: str = DECLARED, server: str | None = None, **args: Any) -> Any:
    """Return true, false, or the cause of an unknown."""
    made = policy(f"{declared} rule r: deny * when {text};")
    scope = Scope(call(args=args, server=server), NOW, names_of(made))
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, scope)
    return found.cause if isinstance(found, Unknown) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'args.to == "{IBAN}"', True),
        (f'"{IBAN}" == args.to', True),
        (f'args.to != "{IBAN}"', False),
        (f'args.to == "{OTHER}"', False),
        (f'args.to != "{OTHER}"', True),
        (f'args.to in ["{OTHER}", "{IBAN}"]', True),
        (f'args.to in ["{OTHER}"]', False),
        (f'args.to not in ["{IBAN}"]', False),
        (f'args.to not in ["{OTHER}"]', True),
        (f'"{IBAN}" in [args.to]', True),
        (f'"{IBAN}" not in [args.to, args.x]', False),
        ("args.to in known", True),
        ("args.to in strange", False),
        (f'payee == "{IBAN}"', True),
        (f'same == "{IBAN}"', True),
        (f'lower(args.to) == "{IBAN}"', False),  # no longer the argument itself
        (f'args.to == "{IBAN}x"', Cause.UNREADABLE),
        (f'args.to in ["x", "{IBAN}"]', True),
        (f'args.to in ["x", "{OTHER}"]', Cause.UNREADABLE),
        (f'args.to not in ["x", "{OTHER}"]', Cause.UNREADABLE),
        (f'args.to starts_with "{IBAN[:4]}"', False),  # text tests look at the text
        (f'args.x == "{IBAN}"', False),  # no kind is declared
    ],
)
def test_one_value_however_it_is_written(text: str, expected: Any) -> None:
    """`==`, `!=`, `in` and `not in` compare values of a kind by the one form they have."""
    names = f'let known = ["{IBAN}"]; let strange = ["{OTHER}"]; let payee = args.to;'
    declared = DECLARED + names + "let same = payee;"

    assert expected == says(text, declared, to=SPACED, x=SPACED)


@pytest.mark.parametrize("value", ["no account", "", 5, True, [IBAN], {"a": IBAN}, "\ud800"])
def test_what_cannot_be_read_as_its_kind_is_unknown(value: Any) -> None:
    """Two values that nobody can read are not the same, and not different either."""
    for text in ("==", "!="):
        found = says(f"args.to {text} args.other", to=value, other=value)
        assert found is Cause.UNREADABLE
    for text in ("in", "not in"):
        assert isinstance(says(f'args.to {text} ["{IBAN}"]', to=value), Cause)


def test_an_unreadable_value_never_escapes_and_never_passes() -> None:
    """A list of the blocked denies what it cannot read, and one of the known does not allow it."""
    blocked = f'{DECLARED} default allow because "x"; rule r: deny send when args.to == "{IBAN}";'
    known = f'{DECLARED} rule r: allow send when args.to == "{IBAN}";'

    assert effect(blocked, to="DE89-3704") == "deny"
    assert effect(blocked, to=SPACED) == "deny"
    assert effect(blocked, to=OTHER) == "allow"
    assert effect(known, to="DE89-3704") == "deny"
    assert effect(known, to=SPACED) == "allow"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('any c in args.cc: c == "bob@x.com"', True),
        ('all c in args.cc: c != "bob@x.com"', False),
        ('none c in args.cc: c in ["bob@x.com"]', False),
        ('count(c in args.cc: c == "bob@x.com") == 1', True),
        ('any c in args.all: c == "bob@x.com"', True),
        ('args.cc[0] == "bob@x.com"', True),
        ('args.all[0] == "bob@x.com"', True),
        ('"bob@x.com" in args.cc', True),
        ('"bob@x.com" not in args.cc', False),
        ('"bob@x.com" in args.all', True),
        ('"eve@x.com" in args.cc', False),
        ('"bob@x.com" in args.cc[*]', True),
        ('"bob@x.com" in those', True),
        ('any c in those: c == "bob@x.com"', True),
        (f'args.row.to == "{IBAN}"', True),
        (f'any r in args.rows: r.to == "{IBAN}"', True),
        (f'args.rows[0].to == "{IBAN}"', True),
        (f'"{IBAN}" in args.rows[*].to', True),
        (f'any t in args.rows[*].to: t == "{IBAN}"', True),
        (f'any r in rows: "{IBAN}" == r.to', True),
    ],
)
def test_a_kind_reaches_through_lists_and_names(text: str, expected: Any) -> None:
    """Elements, indexes, loop variables and names all stand for the argument they come from."""
    declared = DECLARED + "let those = args.cc; let rows = args.rows;"
    mails = ["Bob@X.com"]
    row = {"to": SPACED}

    assert expected == says(text, declared, cc=mails, all=mails, row=row, rows=[row])


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("args.n == 50 + 50", {"n": "100"}, True),
        ("args.n == 5 / 2", {"n": "2,5"}, True),
        ("args.n == 5 / 2", {"n": 3}, False),
        ("args.n == 1 / 3", {"n": 1}, Cause.UNREADABLE),
        ("args.n in [100]", {"n": "1e2"}, True),
        ("args.n == 1234567", {"n": "1,234,567"}, True),
        ("args.n == 1234", {"n": "1,234"}, Cause.UNREADABLE),
        ("args.day == 2026-01-31", {"day": "31 January 2026"}, True),
        ("args.day == 2026-01-31", {"day": "2026-01-31T23:00"}, True),
        ("args.day == 2026-01-31", {"day": "2026-01-30"}, False),
        ("args.day == 2026-01-31", {"day": "01/02/2026"}, Cause.UNREADABLE),
        ("args.day in [2026-01-31]", {"day": "2026-01-31"}, True),
        ("args.n < 5", {"n": "4"}, Cause.WRONG_TYPE),  # an order is one of numbers, not texts
        ("args.n == count(pay)", {"n": 1}, Cause.NO_STATE),
    ],
)
def test_what_a_policy_works_out_is_read_as_the_call_writes_it(
    text: str, args: dict[str, Any], expected: Any
) -> None:
    """Sums and days of the policy compare with the texts and numbers of a call."""
    assert expected == says(text, **args)


def test_a_kind_is_of_one_tool() -> None:
    """A kind declared for a server's tool holds on that server alone."""
    same = 'args.at == "https://x.com/"'

    assert says(same, server="hub", at="HTTPS://X.com") is True
    assert says(same, server="spoke", at="HTTPS://X.com") is False
    assert says(same, at="HTTPS://X.com") is False


def test_an_element_that_shares_its_name_has_no_kind_of_an_argument() -> None:
    """A loop variable stands for its own list, whatever a `let` is called elsewhere."""
    assert says(f'any to in args.free: to == "{IBAN}"', free=[SPACED]) is False


def test_long_texts_are_read_as_texts_alone() -> None:
    """A text of any length has a form; a value of another kind has an end."""
    long = "ab " * kinds.LONGEST

    assert kinds.read(long, "text") == long.strip()
    assert [kinds.read(long, kind) for kind in ("id",)] == [None]
    for value in (None, True, [], {}, object(), Fraction(1, 3), float("nan")):
        for kind in kinds.NAMES:
            assert kinds.read(value, kind) is None


def test_comparing_very_many_values_ends_in_unknown_soon() -> None:
    """Reading a value costs its steps, a long one more."""
    declared = "kind send.l[*] is text; kind send.p[*] is phone;"
    many, large = ["+49 30 123456"] * 9_000, ["a b " * 4_000] * 10
    began = time.process_time()

    assert says('"x" in args.l', declared, l=["a b " * 50_000] * 200) is Cause.TOO_MUCH
    assert says('"+49 30 1" in args.p', declared, p=many) is Cause.TOO_MUCH
    assert says("any x in args.a: x in args.l", declared, l=large, a=many) is Cause.TOO_MUCH
    assert time.process_time() - began < 3


def test_an_unknown_kind_is_an_error() -> None:
    """A kind is one of those that the language has, of an argument that is named."""
    expect_error(
        """
        kind send.to is ibann;
        ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="there is no kind `ibann`",
        help="did you mean `iban`?",
        code="BAR107",
    )
    expect_error(
        """
        kind send is iban;
             ^^^^
        """,
        message="say which argument is meant",
        help="write `kind send.recipient is iban;`",
    )
