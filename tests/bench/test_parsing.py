"""The measure of long policies: what it times as read was read, and the broken one was not."""

from pathlib import Path

import pytest

from app.policy.policies import PoliciesError
from bench import parsing
from bench.shapes import SHAPES, policy

RULES = 60


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_refused_is_not_taken_for_read(shape: str, tmp_path: Path) -> None:
    """The time until a policy is refused would else stand as the time of reading it."""
    file = tmp_path / "big.bar"
    for what, edit in parsing.EDITS.items():
        file.write_text(edit(policy(shape, RULES), RULES // 2), "utf-8")
        if what == parsing.BROKEN:
            with pytest.raises(PoliciesError):
                parsing._loaded(file)
            parsing._refused(file)
        else:
            parsing._loaded(file)
            with pytest.raises(ValueError, match="was read"):
                parsing._refused(file)
