"""The same mistake in other words: it is found all the same."""

import pytest

from tests.dsl.lint.linting import cases, found


@pytest.mark.parametrize(("code", "text"), cases("mistaken"))
def test_a_mistake_is_found_in_other_words(code: str, text: str) -> None:
    """Names, loops, `not`, globs, tools chosen by what the file says: all are looked through."""
    assert found(code, text)
