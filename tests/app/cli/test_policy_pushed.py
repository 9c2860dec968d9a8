"""What `drawbar policy push` sends is what a gateway would read of the folder."""

from pathlib import Path

from app.cli.policy_asked import files_of
from app.policy import policies


def test_a_restriction_does_not_vanish_by_how_its_file_is_written(tmp_path: Path) -> None:
    """Every file that a gateway takes for a policy is sent; one that cannot be is refused there."""
    (tmp_path / "bank.bar").write_text("policy bank version 1;\nrule a: allow pay;\n")
    (tmp_path / "NO.BAR").write_text("overlay no version 1;\nrule x: deny pay;\n")
    sent = {one["name"] for one in files_of(tmp_path)}
    assert sent == {one.name for one in policies.find([tmp_path])} == {"bank.bar", "NO.BAR"}
