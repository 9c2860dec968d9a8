"""Policies that a careful person writes: the rule that could be taken to speak of them does not."""

import pytest

from tests.dsl.lint.linting import cases, found


@pytest.mark.parametrize(("code", "text"), cases("sensible"))
def test_a_sensible_policy_is_let_be(code: str, text: str) -> None:
    """Rather a miss than a false alarm."""
    assert [one.message for one in found(code, text)] == []
