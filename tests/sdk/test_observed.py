"""What may be shown of a result, and as what."""

from typing import Any

import pytest

from drawbar import Change, Observed

PARTS: dict[str, Any] = {"reason": "rule", "message": "Withheld.", "event_id": "e1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"effect": "allow"}, "value"),
        ({"effect": "allow", "changed": "other"}, "other"),
        ({"effect": "allow", "changes": (Change("", "set"),)}, None),
        ({"effect": "allow", "changed": ""}, ""),
        ({"effect": "allow", "changed": False}, False),
        ({"effect": "deny"}, "Withheld."),
        ({"effect": "deny", "changed": "other"}, "Withheld."),
    ],
)
def test_a_value_is_shown_only_where_nothing_stands_in_its_place(given: Any, expected: Any) -> None:
    """Denied: the message. Changed, if only to nothing: the changed form. Else: the value."""
    assert Observed(**PARTS, **given).shown("value") == expected


def test_truth_is_permission() -> None:
    """`if observed:` means the same as `if observed.allowed:`."""
    assert Observed(effect="allow", **PARTS)
    assert not Observed(effect="deny", **PARTS)
