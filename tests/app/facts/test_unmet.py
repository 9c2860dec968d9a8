"""Look-ups that no source can answer are told of when a policy is taken up."""

from pathlib import Path
from typing import Any

import structlog

from tests.harness import GatewayHarness

POLICY = """\
policy p version 1;
fact a = given;
fact limit = lookup {source}(id: args.id) within 2s;
rule open: allow send when args.amount <= fact.limit.of and fact.a;
"""
TABLE = '[{"id": "a", "limit": 5}]'


def warnings(tmp_path: Path, source: str, **facts: Any) -> list[str]:
    """Return what is logged of facts when a policy is taken up."""
    (tmp_path / "t.json").write_text(TABLE)
    table = {"kind": "table", "file": str(tmp_path / "t.json"), "key": "id", **facts}
    with structlog.testing.capture_logs() as logs:
        gateway = GatewayHarness(tmp_path, POLICY.format(source=source), facts={"get_limit": table})
        gateway.close()
    return [one["detail"] for one in logs if one["event"] == "a fact cannot be looked up"]


def test_a_source_that_is_set_up_is_not_told_of(tmp_path: Path) -> None:
    """Nor is a fact that only a request gives."""
    assert warnings(tmp_path, "get_limit") == []


def test_a_source_that_is_not_set_up_is_told_of_with_its_place(tmp_path: Path) -> None:
    """As the linter would: the line, the underlined place, and the nearest name."""
    (said,) = warnings(tmp_path, "get_limits")
    head, line, underline, hint = said.splitlines()

    assert head.endswith(
        "bank.bar:3:14: warning facts: no source `get_limits` is set up; only a request can give"
        " this fact"
    )
    assert line[underline.index("^") : underline.rindex("^") + 1] == (
        "lookup get_limits(id: args.id) within 2s"
    )
    assert hint == "help: did you mean `get_limit`?"


def test_a_source_that_is_asked_with_other_arguments_is_told_of(tmp_path: Path) -> None:
    """It could never answer, so the policy would deny for ever."""
    (said,) = warnings(tmp_path, "get_limit", key="limit")

    assert "the source `get_limit` is asked with `limit`, so this fact stays unknown" in said
