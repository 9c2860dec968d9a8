"""A LangGraph agent with the tools of three MCP servers, which run only as a gateway decides.

Usage: python agent.py "Read my mail" [--script script.json]

It takes the model from MODEL, as LangChain writes it ("openai:gpt-5-mini"), or says what a script
says. The gateway comes from DRAWBAR_URL and DRAWBAR_KEY.
"""

import argparse
import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain_core.tools import StructuredTool, ToolException
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from mcp import Client, StdioServerParameters, stdio_client
from scripted import scripted

from drawbar.langchain import DrawbarMiddleware

SERVERS = ("mail", "bank", "notes")
FOLDER = Path(__file__).parent / "servers"


def as_tool(server: str, client: Client, listed: Any) -> StructuredTool:
    """Return a tool of an MCP server as one of LangChain; its metadata says whose it is."""

    async def run(**args: Any) -> str:
        result = await client.call_tool(listed.name, args)
        text = "\n".join(getattr(block, "text", f"[{block.type}]") for block in result.content)
        if result.is_error:
            raise ToolException(text)
        return text

    return StructuredTool(
        name=listed.name,
        description=listed.description or "",
        args_schema=listed.input_schema,
        coroutine=run,
        metadata={"server": server},
        handle_tool_error=True,
    )


async def connected(stack: AsyncExitStack) -> list[StructuredTool]:
    """Start the servers, and return their tools."""
    tools = []
    for server in SERVERS:
        command = StdioServerParameters(command=sys.executable, args=[str(FOLDER / f"{server}.py")])
        client = await stack.enter_async_context(Client(stdio_client(command)))
        listed = await client.list_tools()
        tools += [as_tool(server, client, one) for one in listed.tools]
    return tools


async def run(task: str, model: Any) -> None:
    """Let the agent work on a task, and print what it does."""
    async with AsyncExitStack() as stack:
        tools = await connected(stack)
        drawbar = DrawbarMiddleware(server=lambda tool: (tool.metadata or {})["server"])
        agent = create_agent(model, tools, middleware=[drawbar], checkpointer=InMemorySaver())
        thread: Any = {"configurable": {"thread_id": f"t_{uuid4().hex}"}}
        given: Any = {"messages": [("user", task)]}
        while True:
            answer = await agent.ainvoke(given, thread)
            if "__interrupt__" not in answer:
                break
            for pause in answer["__interrupt__"]:
                print(f"waits for a person ({pause.value['approval']}): {pause.value['message']}")
            await asyncio.to_thread(input, "Press Enter when it was decided.\n")
            given = Command(resume={"type": "look"})
        show(answer["messages"])


def show(messages: list[Any]) -> None:
    """Print what was called, what came back, and the reply."""
    for message in messages:
        for call in getattr(message, "tool_calls", ()):
            print(f"-> {call['name']} {json.dumps(call['args'])}")
        if message.type == "tool":
            print(f"<- {message.content}")
    print(messages[-1].content)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("--script", type=Path)
    given = parser.parse_args()
    model = scripted(given.script) if given.script else init_chat_model(os.environ["MODEL"])
    asyncio.run(run(given.task, model))


if __name__ == "__main__":
    main()
