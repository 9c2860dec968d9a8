"""Learned overlays beside the files that people wrote."""

from pathlib import Path

import pytest

from app.learning.joining import joined
from app.learning.naming import name_of
from app.policy.policies import PoliciesError
from app.policy.revising import restored
from app.sources.folder import read_folder
from memory.revisions.revision import Revision
from tests.memory.induction.world import START

POLICY = "policy bank version 1;\nrule pay: allow pay;\n"
OTHER = "policy night version 1;\nrule pay: allow pay;\n"
NAME = name_of("acme")
OVERLAY = f"overlay {NAME} version 1;\nrule m: ask pay;\n"
WRITTEN = """\
[[bind]]
policy = "bank"
observe_until = 2026-12-31T10:00:00Z
tenants = ["a*", 'b"c']

[[bind]]  # by night
policy = "night"
rollout = "canary"
percent = 10
edges = ["http"]
environments = ["prod"]
agents = ["bot"]
"""
INLINE = 'bind = [{ policy = "night", stands_by_for = "bank" }]\n'


@pytest.mark.parametrize("bindings", [None, WRITTEN, INLINE, "# nothing yet\n"])
def test_an_overlay_joins_whatever_people_bound(tmp_path: Path, bindings: str | None) -> None:
    """It binds its tenant alone, what people bound stays as it is, and all of it reads back."""
    for name, text in (("bank.bar", POLICY), ("sub/night.bar", OTHER), ("bindings.toml", bindings)):
        if text is not None:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
    before = read_folder(tmp_path)
    after = joined(before, {"acme": OVERLAY})

    assert after.policies.people == before.policies.digest != after.policies.digest
    assert after.policies.bindings[: len(before.policies.bindings)] == before.policies.bindings
    (entry,) = after.policies.entries[NAME]
    assert entry.whose == (None, frozenset({"acme"}), None, None)
    assert [one for one in after.policies.bound if one.policy.name != NAME] == list(
        before.policies.bound
    )
    assert {one.source.name for one in after.policies.units} == {
        *(one.source.name for one in before.policies.units),
        f"memory/{NAME}.bar",
    }
    kept = restored(Revision(after.policies.digest, START, "w", "k", after.texts))
    assert kept.digest == after.policies.digest
    if bindings == WRITTEN:
        text = next(one.text for one in after.texts.files if one.name == "bindings.toml")
        assert text.startswith(WRITTEN)


def test_a_name_that_people_took_is_refused(tmp_path: Path) -> None:
    """Two policies of one name cannot stand together; whoever joins them leaves memory's out."""
    (tmp_path / "bank.bar").write_text(POLICY.replace("bank", NAME), "utf-8")

    with pytest.raises(PoliciesError, match="two policies are named"):
        joined(read_folder(tmp_path), {"acme": OVERLAY})
