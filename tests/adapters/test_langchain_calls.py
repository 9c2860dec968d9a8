"""LangChain: which calls run; the tool's side effect says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from langchain.agents.middleware import AgentMiddleware  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from pydantic import BaseModel, Field, field_validator  # noqa: E402

from tests.adapters.agents import Run, Till  # noqa: E402
from tests.adapters.bank import POLICIES, Bank  # noqa: E402
from tests.adapters.scripted import Scripted, call, script  # noqa: E402
from tests.e2e.gateway_process import GatewayProcess  # noqa: E402


def test_what_is_allowed_runs_with_its_defaults(bank: Bank, thread: str, mode: str) -> None:
    """What is decided is what the function gets: types as LangChain made them, defaults too."""
    till, model = Till(), script([call("pay", recipient="Ada", amount="7")], "Done.")
    model2 = script([call("pay", recipient="Ada")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Pay Ada")
    with Run(bank, thread, model2, till.tools(), mode) as run:
        run.go("Pay Ada")

    assert till.did == [("pay", "Ada", 7), ("pay", "Ada", 5)]
    assert [one.content for one in model.seen] == ['{"paid": 7}']
    assert len(bank.session(thread)["calls"]) == 2


def test_what_is_denied_does_not_run(bank: Bank, thread: str, mode: str) -> None:
    """The tool does nothing, the model reads why, and the agent goes on."""
    till, model = Till(), script([call("erase", what="all")], "Sorry.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        got = run.go("Erase all")

    assert till.did == []
    assert [(one.content, one.status) for one in model.seen] == [
        ("Nothing is erased here.", "error")
    ]
    assert got["messages"][-1].content == "Sorry."


def test_one_refusal_keeps_the_batch(bank: Bank, thread: str, mode: str) -> None:
    """Of several calls in one message, each is decided for itself."""
    calls = [
        call("pay", "c1", recipient="Ada", amount=1),
        call("erase", "c2", what="all"),
        call("pay", "c3", recipient="Bob", amount=2),
    ]
    till, model = Till(), script(calls, "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Go")

    assert sorted(till.did) == [("pay", "Ada", 1), ("pay", "Bob", 2)]
    assert [one.status for one in model.seen] == ["success", "error", "success"]


@pytest.mark.parametrize("ids", [("c1", "c2", "c3", "c4"), ("c1", "c1", "c1", "c1")])
def test_parallel_calls_are_decided_in_their_order(
    bank: Bank, thread: str, mode: str, ids: tuple[str, ...]
) -> None:
    """The first call of the message takes the one that is allowed, however threads run.

    That also holds where a model gives all calls one id: they are counted one by one.
    """
    calls = [call("bump", one, by=at) for at, one in enumerate(ids)]
    till, model = Till(), script(calls, "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Go")

    assert till.did == [("bump", 0)]


def test_the_same_ids_in_another_message_are_other_calls(
    bank: Bank, thread: str, mode: str
) -> None:
    """Some models number their calls from one in each message."""
    till = Till()
    model = script(
        [call("pay", recipient="Ada")], [call("pay", recipient="Ada", amount=6)], "Done."
    )
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Pay Ada")

    assert till.did == [("pay", "Ada", 5), ("pay", "Ada", 6)]


def test_changed_arguments_are_the_ones_that_run(bank: Bank, thread: str, mode: str) -> None:
    """A rule that changes an argument is carried out."""
    till, model = Till(), script([call("search", words="x")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Search")

    assert till.did == [("search", "x", 10)]


def test_a_changed_number_may_take_the_form_that_the_tool_wants(
    bank: Bank, thread: str, mode: str
) -> None:
    """10 and 10.0 are one number, and the order of arguments means nothing."""
    did: list[Any] = []

    @tool
    def search(limit: float, words: str) -> str:
        """Search."""
        did.append((words, limit))
        return "found"

    model = script([call("search", words="x", limit=30)], "Done.")
    with Run(bank, thread, model, [search], mode) as run:
        run.go("Search")

    assert did == [("x", 10.0)]


class AtLeast(BaseModel):
    """Arguments that the changed ones do not fit."""

    words: str
    limit: int = Field(ge=20)


class Widening(BaseModel):
    """Arguments that come out of their schema as others."""

    words: str
    limit: int

    @field_validator("limit")
    @classmethod
    def widen(cls, limit: int) -> int:
        return 5000 if limit == 10 else limit


@pytest.mark.parametrize("schema", [AtLeast, Widening])
def test_arguments_that_differ_at_the_tool_do_not_run(
    bank: Bank, thread: str, mode: str, schema: type[BaseModel]
) -> None:
    """What the tool would be called with must be what was decided, to the letter."""
    did: list[Any] = []

    @tool(args_schema=schema)
    def search(words: str, limit: int) -> str:
        """Search."""
        did.append((words, limit))
        return "found"

    model = script([call("search", words="x", limit=30)], "Done.")
    with Run(bank, thread, model, [search], mode) as run:
        run.go("Search")

    assert did == []
    assert [one.status for one in model.seen] == ["error"]


def test_what_the_framework_injects_is_not_the_models(bank: Bank, thread: str, mode: str) -> None:
    """State reaches the tool, and is no argument that the policy judges."""
    till, model = Till(), script([call("remember", note="x")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Remember x")
        assert till.did == [("remember", "x", 2)]


def test_a_model_cannot_forge_what_is_injected(bank: Bank, thread: str, mode: str) -> None:
    """A value in the place of an injected one never reaches the tool."""
    forged = {"messages": ["forged"]}
    till, model = Till(), script([call("remember", note="x", state=forged)], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Remember x")

    assert ("remember", "x", 1) not in till.did
    assert all(one.status == "error" for one in model.seen) or till.did == [("remember", "x", 2)]


def test_arguments_that_do_not_fit_the_tool_are_never_asked_about(
    bank: Bank, thread: str, mode: str
) -> None:
    """The model reads what is wrong, as without Drawbar, and nothing is counted."""
    till = Till()
    model = script([call("pay", amount=1)], [call("no_such_tool")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run:
        run.go("Pay")

    assert till.did == []
    assert [one.status for one in model.seen] == ["error", "error"]
    assert bank.session(thread)["calls"] == []


class Retry(AgentMiddleware):  # type: ignore[type-arg, unused-ignore]
    """Tries a call that failed once more, as LangChain's own does."""

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(request)
        except RuntimeError:
            return handler(request)

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return await handler(request)
        except RuntimeError:
            return await handler(request)


def test_a_call_that_is_tried_again_is_another_call(bank: Bank, thread: str, mode: str) -> None:
    """Each try is asked about and counted."""
    till, model = Till(), script([call("fail", why="no luck")], "Done.")
    with Run(bank, thread, model, till.tools(), mode) as run, pytest.raises(RuntimeError):
        run.build(Retry()).go("Go")

    assert till.did == [("fail", "no luck")] * 2
    assert len(bank.session(thread)["calls"]) == 2


def test_without_a_gateway_nothing_runs(tmp_path: Path, thread: str) -> None:
    """A gateway that died blocks every call, and the reply."""
    till = Till()
    with (
        GatewayProcess(tmp_path, "--port", "0", policies=POLICIES) as process,
        Bank(process) as bank,
        Run(bank, f"{thread}1", _pays_twice(), till.tools(), "sync") as one,
        Run(bank, f"{thread}2", _pays_twice(), till.tools(), "async") as two,
    ):
        one.go("Pay Ada")
        two.go("Pay Ada")
        process.process.kill()
        process.process.wait()
        got = [one.go("Pay Bob"), two.go("Pay Bob")]

    assert till.did == [("pay", "Ada", 5)] * 2
    for run, answer in zip([one, two], got, strict=True):
        assert run.model.seen[-1].status == "error"
        assert "could not be reached" in run.model.seen[-1].content
        assert "withheld" in answer["messages"][-1].content


def _pays_twice() -> Scripted:
    pays = [[call("pay", recipient=name)] for name in ("Ada", "Bob")]
    return script(pays[0], "Paid.", pays[1], "Paid.")
