"""LangGraph without `create_agent`: a `ToolNode` runs all calls of a message in one step."""

import asyncio
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest

from tests.adapters.needed import needed

needed("langgraph", "langchain")

from langchain_core.messages import AIMessage, HumanMessage  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.graph import START, MessagesState, StateGraph  # noqa: E402
from langgraph.types import Command  # noqa: E402

from drawbar.langchain import tool_node  # noqa: E402
from tests.adapters.agents import Till, asked  # noqa: E402
from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.scripted import call  # noqa: E402

LARGE = ("pay", "Ada", 500)


class Graph:
    """One message of a model, and the node that runs its tools."""

    def __init__(self, client: Any, thread: str, mode: str, *calls: dict[str, Any]) -> None:
        self.till, self.mode = Till(), mode
        self.client = client
        self.config: Any = {"configurable": {"thread_id": thread}}
        self.saver: InMemorySaver | None = InMemorySaver()
        self.runner = asyncio.Runner()
        self.calls = list(calls)
        self.build()

    def build(self) -> None:
        """Set the graph up, perhaps anew, as another process would."""
        message = AIMessage("", tool_calls=self.calls, id="m1")
        graph: Any = StateGraph(MessagesState)
        graph.add_node("model", lambda _: {"messages": [message]})
        graph.add_node("tools", tool_node(self.till.tools(), client=self.client))
        graph.add_edge(START, "model")
        graph.add_edge("model", "tools")
        self.graph = graph.compile(checkpointer=self.saver)

    def go(self, given: Any) -> dict[str, Any]:
        """Run it, or resume."""
        if self.mode == "async":
            work = self.graph.ainvoke(given, self.config)
            return dict(self.runner.run(work, context=copy_context()))
        return dict(self.graph.invoke(given, self.config))

    def start(self) -> dict[str, Any]:
        """Run it from the start."""
        return self.go({"messages": [HumanMessage("Go")]})

    def close(self) -> None:
        if self.mode == "async":
            self.runner.run(self.client.close())
        self.runner.close()


@pytest.fixture
def graph(bank: Bank, thread: str, mode: str) -> Iterator[Callable[..., Graph]]:
    """Return what makes a graph."""
    made: list[Graph] = []

    def make(*calls: dict[str, Any]) -> Graph:
        client = bank.again() if mode == "async" else bank.client
        made.append(Graph(client, thread, mode, *calls))
        return made[-1]

    yield make
    for one in made:
        one.close()


def statuses(got: dict[str, Any]) -> list[str]:
    return [one.status for one in got["messages"] if one.type == "tool"]


def test_each_call_of_a_message_is_decided_for_itself(graph: Callable[..., Graph]) -> None:
    """One refusal keeps the batch; the order of the message is the order of decisions."""
    made = graph(
        call("pay", "c1", recipient="Ada", amount=1),
        call("erase", "c2", what="all"),
        call("bump", "c3", by=1),
        call("bump", "c4", by=2),
    )
    got = made.start()

    assert sorted(made.till.did) == [("bump", 1), ("pay", "Ada", 1)]
    assert statuses(got) == ["success", "error", "success", "error"]


def test_a_pause_runs_nothing_twice(bank: Bank, graph: Callable[..., Graph]) -> None:
    """LangGraph runs the whole node again after a pause; what ran before gives what it gave."""
    made = graph(
        call("pay", "c1", recipient="Bob", amount=1),
        call("pay", "c2", recipient="Ada", amount=500),
        call("pay", "c3", recipient="Eve", amount=2),
        call("pay", "c4", recipient="Ada", amount=600),
    )
    pause = asked(made.start())
    bank.answer(pause["approval"])
    second = asked(made.go(Command(resume="go on")))
    assert second["args"]["amount"] == 600
    bank.answer(second["approval"])
    got = made.go(Command(resume="go on"))

    everything = [LARGE, ("pay", "Ada", 600), ("pay", "Bob", 1), ("pay", "Eve", 2)]
    assert sorted(made.till.did) == everything
    assert statuses(got) == ["success"] * 4


def test_in_another_process_what_ran_is_not_run_again(
    bank: Bank, graph: Callable[..., Graph]
) -> None:
    """There nobody knows what it gave: the call is refused, as one that is over."""
    made = graph(
        call("pay", "c1", recipient="Bob", amount=1),
        call("pay", "c2", recipient="Ada", amount=500),
    )
    pause = asked(made.start())
    bank.answer(pause["approval"])
    made.build()
    got = made.go(Command(resume="go on"))

    assert sorted(made.till.did) == [LARGE, ("pay", "Bob", 1)]
    assert statuses(got) == ["error", "success"]


def test_without_a_session_nothing_runs(graph: Callable[..., Graph], bank: Bank) -> None:
    """A node alone is told of no run, so it needs a thread or a session that was entered."""
    made = graph(call("pay", recipient="Ada"))
    made.saver = None
    made.config = {}
    made.build()
    got = made.start()
    assert made.till.did == []
    assert "no session is known" in got["messages"][-1].content

    with bank.client.session():
        made.start()
    assert made.till.did == [("pay", "Ada", 5)]


def test_messages_without_a_name_are_each_their_own(graph: Callable[..., Graph]) -> None:
    """A node that is called by hand may be given equal calls again and again: they are new ones."""
    made = graph(call("pay", recipient="Ada"), call("pay", "c2", recipient="Bob"))
    node = tool_node(made.till.tools(), client=made.client)

    def by_hand(_: Any) -> Any:
        return {"messages": node.invoke([AIMessage("", tool_calls=made.calls)])}

    async def by_hand_later(_: Any) -> Any:
        return {"messages": await node.ainvoke([AIMessage("", tool_calls=made.calls)])}

    inner: Any = StateGraph(MessagesState)
    inner.add_node("tools", by_hand_later if made.mode == "async" else by_hand)
    inner.add_edge(START, "tools")
    made.graph = inner.compile()
    made.start()
    made.start()

    assert sorted(made.till.did) == [("pay", "Ada", 5)] * 2 + [("pay", "Bob", 5)] * 2
