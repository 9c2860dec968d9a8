"""LangChain: what a model and a person are shown of results and replies."""

import asyncio
from typing import Any

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from langchain.agents.structured_output import ToolStrategy  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from tests.adapters.agents import Run, Till  # noqa: E402
from tests.adapters.bank import IBAN, Bank  # noqa: E402
from tests.adapters.scripted import call, script  # noqa: E402


def test_a_withheld_result_is_never_shown(bank: Bank, thread: str, mode: str) -> None:
    """The tool ran, and the model reads why it may not see what came of it."""
    till, model = Till(), script([call("secret")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Tell me")

    assert till.did == ["secret"]
    assert [one.status for one in model.seen] == ["error"]
    assert "it is a secret" in model.seen[0].content
    assert "4711" not in str(got)


def test_a_changed_result_takes_the_place_of_the_whole(bank: Bank, thread: str, mode: str) -> None:
    """Also of the artifact, which holds what was changed."""
    till, model = Till(), script([call("cards")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Which cards?")

    (seen,) = model.seen
    assert "Ada" in seen.content
    assert "4111" not in str(got)
    assert seen.artifact is None


def test_a_changed_command_becomes_a_plain_answer(bank: Bank, thread: str, mode: str) -> None:
    """A command to the graph cannot be changed, so what may be shown is shown without it."""
    till, model = Till(), script([call("handoff")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Hand over")

    (seen,) = model.seen
    assert "the card is" in seen.content
    assert "4111" not in str(got)


def test_an_error_is_told_and_goes_on_as_without_drawbar(
    bank: Bank, thread: str, mode: str
) -> None:
    """The framework handles what the tool raises."""
    till, model = Till(), script([call("fail", why="no luck")], "Done.")
    with (
        Run(bank, thread, model, till.tools(), mode) as run,
        pytest.raises(RuntimeError, match="no luck"),
    ):
        run.go("Go")

    assert till.did == [("fail", "no luck")]


def test_an_error_may_be_withheld(bank: Bank, thread: str, mode: str) -> None:
    """The text of an error is a result like any other."""
    till, model = Till(), script([call("fail", why="the password is 4711")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Go")

    assert [one.status for one in model.seen] == ["error"]
    assert "it holds a password" in model.seen[0].content
    assert "4711" not in str(model.seen)
    assert got["messages"][-1].content == "Done."


def test_a_reply_may_be_withheld(bank: Bank, thread: str, mode: str) -> None:
    """A rule `on reply` judges the final message, and what is shown takes its place."""
    till, model = Till(), script(f"Your account is {IBAN}.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Which account?")

    assert [one.content for one in got["messages"]] == [
        "Which account?",
        "The reply held an account number.",
    ]


class Account(BaseModel):
    """A structured answer."""

    iban: str


def test_a_structured_reply_may_be_withheld(bank: Bank, thread: str, mode: str) -> None:
    """What an agent answers in a form of its own is a reply too."""
    model = script([call("Account", iban=IBAN)])
    with Run(bank, thread, model, Till().tools(), mode) as run:
        run.build(agent_options={"response_format": ToolStrategy(Account)})
        got = run.go("Which account?")

    assert got.get("structured_response") is None
    assert IBAN not in str(got)
    assert got["messages"][-1].content == "The reply held an account number."


def test_a_tool_that_was_cut_off_has_run(bank: Bank, thread: str) -> None:
    """A cancelled call is told as an error of which nobody knows what it did: it stays counted."""
    began = asyncio.Event()

    @tool
    async def bump(by: int) -> str:
        """Count up."""
        began.set()
        await asyncio.sleep(3600)
        return str(by)

    model = script([call("bump", by=1)], [call("bump", by=2)], "Done.")
    with Run(bank, thread, model, [bump], "async") as run:
        run.runner.run(_cancelled(run, began))

    with Run(bank, thread, model, Till().tools(), "async") as run:
        run.go("Again")

    assert [one.content for one in model.seen] == ["Once is enough."]


async def _cancelled(run: Run, began: asyncio.Event) -> None:
    task: Any = asyncio.create_task(run.agent.ainvoke({"messages": ["Bump"]}, run.config))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
