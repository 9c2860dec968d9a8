"""A person at the terminal answers what a wrap without a gateway asks."""

from typing import Any

from tests.e2e.test_mcp_wrap import GIT, Place, Tools, client, git_tools, place, play

__all__ = ["git_tools", "place"]  # fixtures


def test_the_owner_of_the_folder_approves_and_the_same_call_runs(
    place: Place, git_tools: Tools
) -> None:
    """Asked, listed, approved beside the data folder: then the call runs, once."""
    place.pin("git", git_tools)
    place.git("add", ".")
    wrapped = place.wrap("git", GIT, "--local", "--data", "var")
    commit: dict[str, Any] = {"repo_path": str(place.repository), "message": "a first one"}

    async def story() -> None:
        async with client(wrapped) as one:
            asked = await one.call_tool("git_commit", commit)
            told: Any = asked.structured_content
            name = told["drawbar"]["approval"]["id"]
            assert asked.is_error
            assert f"drawbar approvals approve {name}" in asked.content[0].text  # type: ignore[union-attr]
            assert place.git("rev-list", "--all", "--count").strip() == "0"

            assert name in place.drawbar("approvals", "list", "--data", "var").stdout
            said = place.drawbar("approvals", "approve", name, "--data", "var")
            assert said.returncode == 0, said.stderr
            again = await one.call_tool("git_commit", commit)
            assert not again.is_error
            more = await one.call_tool("git_commit", {**commit, "message": "a second one"})
            assert more.is_error

    play(story)
    assert place.git("rev-list", "--all", "--count").strip() == "1"


def test_without_a_wrap_nobody_can_be_answered(place: Place) -> None:
    """The store alone asks nobody: it is said what is missing."""
    (place.folder / "var").mkdir()
    said = place.drawbar("approvals", "list", "--data", "var")

    assert said.returncode == 1
    assert "nothing listens beside the store in `var`" in said.stderr
    assert place.drawbar("approvals", "list").returncode == 2
