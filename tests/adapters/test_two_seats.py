"""A call that passes two seats of one session is decided and counted once."""

from typing import Any

from tests.adapters.needed import needed

needed("langchain", "langchain")
needed("mcp", "mcp")

from langchain_core.tools import tool  # noqa: E402
from mcp import Client  # noqa: E402

from drawbar.mcp import GuardedClient  # noqa: E402
from tests.adapters.agents import Run  # noqa: E402
from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.scripted import call, script  # noqa: E402
from tests.adapters.servers import Server  # noqa: E402


def test_an_agents_tool_and_its_mcp_client_are_two_seats_of_one_call(
    bank: Bank, thread: str
) -> None:
    """The middleware lets the one call through that is allowed, and the client takes that over.

    The second call of the agent is denied, as the first was counted; and a call that the tool
    makes besides is no part of it.
    """
    server = Server()
    seen: list[Any] = []

    async def main(run: Run) -> None:
        async with Client(server.server) as inner:

            @tool
            async def bump(by: int) -> str:
                """Count up."""
                first = await GuardedClient(inner).call_tool("bump", {"by": by})
                seen.append(await GuardedClient(inner).call_tool("bump", {"by": by + 1}))
                return str(first.content[0])

            run.tools = [bump]
            run.build()
            given = {"messages": [("user", "Bump")]}
            await run.agent.ainvoke(given, run.config)

    model = script([call("bump", by=1)], [call("bump", by=5)], "Done.")
    with Run(bank, thread, model, [], "async") as run:
        run.runner.run(main(run))

    assert server.did == [("bump", 1)]
    assert seen[0].is_error
    assert [one.status for one in model.seen] == ["success", "error"]
