"""Values that are compared with themselves."""

import pytest

from tests.expect import HEADER, expect_error, findings


@pytest.mark.parametrize(
    ("condition", "never"),
    [
        ("args.a == args.a", "false"),
        ("args.a >= args.a?", "false"),
        ("args.a != args.a", "true"),
        ("args.a < args.a", "true"),
        ("args.a in [args.b, args.a]", "false"),
        ("args.a not in [args.a]", "true"),
        ("args.a starts_with args.a", "false"),
        ("lower(args.a) == lower(args.a)", "false"),
        ("any x in args.l: x == x", "false"),
        ("1 == 1", "false"),
    ],
)
def test_what_is_always_the_same_is_told(condition: str, never: str) -> None:
    """Never false, or never true: where there is no value it is unknown."""
    found = findings(f"{HEADER}rule r: deny pay when {condition};")

    assert [(one.code, one.message.endswith(f"never {never}")) for one in found] == [
        ("BAR307", True)
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "args.a == args.b",
        "args.a[0] == args.a[1]",
        "last(x).args.a == args.a",
        'args.a == "args.a"',
    ],
)
def test_other_values_are_no_concern(condition: str) -> None:
    """Two places are two values."""
    assert findings(f"{HEADER}rule r: deny pay when {condition};") == []


def test_the_comparison_is_underlined() -> None:
    """And the value named."""
    expect_error(
        """
        let own = args.to == args.to; rule r: allow pay when own;
                  ^^^^^^^^^^^^^^^^^^
        """,
        code="BAR307",
        message="`args.to` stands on both sides, so this is never false",
    )
