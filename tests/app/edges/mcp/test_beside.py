"""Resources, prompts and completions: reserved tools that policies decide."""

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference

from tests.app.edges.mcp.scripted import Bank, Seated


def test_resources_are_decided_by_their_address(seated: Seated, bank: Bank) -> None:
    """A resource that policies allow is read, another one never reaches the server."""

    async def story() -> None:
        async with seated.client() as client:
            listed = await client.list_resources()
            assert [one.uri for one in listed.resources] == ["file:///open.txt"]
            read = await client.read_resource("file:///open.txt")
            with pytest.raises(MCPError) as denied:
                await client.read_resource("file:///etc/passwd")
        assert read.contents[0].model_dump(exclude_none=True) == {
            "uri": "file:///open.txt",
            "text": "hello",
        }
        assert denied.value.error.data["drawbar"]["effect"] == "deny"

    seated.run(story)

    assert bank.ran == [("resources/read", {"uri": "file:///open.txt"})]


def test_prompts_are_decided_by_their_name(seated: Seated, bank: Bank) -> None:
    """A prompt that no rule allows never reaches the server."""

    async def story() -> None:
        async with seated.client() as client:
            got = await client.get_prompt("greet", {})
            assert got.messages[0].role == "user"
            with pytest.raises(MCPError, match="no rule allows"):
                await client.get_prompt("order", {})

    seated.run(story)

    assert [params["name"] for _, params in bank.ran] == ["greet"]


def test_completions_are_decided(seated: Seated, bank: Bank) -> None:
    """A completion is asked for where policies allow it, and comes back whole."""

    async def story() -> None:
        async with seated.client() as client:
            ref = PromptReference(name="greet")
            found = await client.complete(ref, {"name": "who", "value": "a"})
        assert found.completion.values == ["ada", "bob"]

    seated.run(story)

    assert [method for method, _ in bank.ran] == ["completion/complete"]


def test_nothing_is_listed_that_policies_deny(seated: Seated) -> None:
    """Resources and prompts of a server whose reserved tools are denied are not listed."""
    seated.policy("rule only: allow bank/pay;")

    async def story() -> None:
        async with seated.client() as client:
            assert (await client.list_resources()).resources == []
            assert (await client.list_prompts()).prompts == []

    seated.run(story)
