"""LangChain is a seat like any other: the corpus of all seats comes to the same here."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from tests.adapters.needed import needed

needed("langchain", "langchain")

from langchain_core.messages import AIMessage  # noqa: E402
from langchain_core.tools import BaseTool, StructuredTool  # noqa: E402

from tests.adapters.agents import Run, asked  # noqa: E402
from tests.adapters.bank import Bank  # noqa: E402
from tests.adapters.scripted import Scripted  # noqa: E402
from tests.e2e.gateway_process import PATIENCE_S, GatewayProcess  # noqa: E402
from tests.parity.corpus import CORPUS, Case, User  # noqa: E402
from tests.parity.policies import BANK, GIVES, TOOLS, TRIAL  # noqa: E402

# What LangChain cannot be handed.
LEFT_OUT: Final = {
    "a long number": "the checkpoints of LangGraph hold no whole number of more than 64 bits",
    "a longer one": "the same",
    "arguments with odd names": "tools of LangChain take no argument named `self`",
}
CASES: Final = [one for one in CORPUS if not one.call.needs and one.name not in LEFT_OUT]
SOURCE: Final = '[facts.get_limit]\nkind = "http"\nurl = "http://127.0.0.1:9/{id}"\n'


class Desk(Bank):
    """The gateway with the policies of the corpus, and the people that it asks."""

    def __init__(self, process: GatewayProcess) -> None:
        super().__init__(process)
        self.people = {
            "anybody": self._key("--scope=approve", "--subject=eve"),
            "treasury": self._key("--scope=approve", "--role=treasury", "--subject=boss"),
            "user": self._key("--scope=approve", "--subject=local"),
        }
        self.auditor = self._key("--scope=audit", "--subject=auditor")

    def ask(self, method: str, path: str, key: str, body: Any = None) -> Any:
        answer = httpx.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_S,
        )
        return answer.raise_for_status().json()

    def tell(self, session: str, **event: Any) -> None:
        events = [{"id": uuid4().hex, **event}]
        self.ask("POST", "/v1/observe", self.host, {"session": session, "events": events})

    def prepare(self, case: Case, session: str) -> None:
        """Let happen what happened before."""
        for one in case.before:
            if isinstance(one, User):
                self.tell(session, type="user", text=one.text)
                continue
            name = uuid4().hex
            made = {"call_id": name, "session": session, "tool": one.tool, "args": one.args}
            assert self.ask("POST", "/v1/check", self.host, made)["effect"] == "allow"
            if one.returned:
                self.tell(session, type="result", call_id=name, result=GIVES[one.tool])

    def last(self, session: str, tool: str) -> Mapping[str, Any] | None:
        """Return the last record of a call; of what could not be read there is none."""
        path = f"/v1/decisions?session={session}&tool={tool}"
        found = self.ask("GET", path, self.auditor)["decisions"]
        return next((one for one in found if one["phase"] == "call"), None)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("parity")
    policies = folder / "policies"
    policies.mkdir()
    (policies / "bank.bar").write_text(BANK, "utf-8")
    (policies / "trial.bar").write_text(TRIAL, "utf-8")
    (policies / "bank.tools.json").write_text(json.dumps(TOOLS), "utf-8")
    until = (datetime.now(UTC) + timedelta(days=30)).date()
    bound = f'[[bind]]\npolicy = "trial"\nobserve_until = {until}\n'
    (policies / "bindings.toml").write_text(bound)
    (folder / "drawbar.toml").write_text(SOURCE)
    with GatewayProcess(folder, "--port", "0", policies=policies) as process:
        yield Desk(process)


def tool(name: str, did: list[Any]) -> BaseTool:
    """Return a tool that takes anything, and notes it."""

    def run(**args: Any) -> Any:
        did.append(args)
        return GIVES[name]

    async def later(**args: Any) -> Any:
        return run(**args)

    anything = {"type": "object", "title": name, "description": name, "properties": {}}
    made: Callable[..., BaseTool] = StructuredTool.from_function
    return made(func=run, coroutine=later, name=name, description=name, args_schema=anything)


def test_what_is_left_out_is_of_the_corpus() -> None:
    """What LangChain cannot be handed has its reason, and no more of it is left out unnoticed."""
    assert set(LEFT_OUT) < {one.name for one in CORPUS}
    assert len(LEFT_OUT) == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_langchain_decides_as_every_seat_does(desk: Desk, thread: str, case: Case) -> None:
    """Effect, reason, rule, what ran and what the model is shown are those of the corpus."""
    did: list[Any] = []
    called = {"name": case.call.tool, "args": case.call.floats, "id": "c1"}
    model = Scripted(messages=iter([AIMessage("", tool_calls=[called]), AIMessage("Done.")]))
    desk.prepare(case, thread)
    with Run(desk, thread, model, [tool(case.call.tool, did)], "sync") as run:
        got = run.go("Go on")
        for at, (who, said) in enumerate(case.people):
            handle = asked(got)["approval"]
            desk.ask("POST", f"/v1/approvals/{handle}/{said}", desk.people[who], {})
            if at + 1 == len(case.people):
                got = run.resume("look again")
    last = desk.last(thread, case.call.tool)

    if last is None:
        assert (case.effect, case.reason) == ("deny", "invalid_call")
    else:
        named = (f"{one['policy']}/{one['rule']}" for one in last["reasons"] if one["rule"])
        assert (last["effect"], last["reason"]) == (case.effect, case.reason)
        assert case.rule in (None, next(named, None))
    assert did == ([] if case.runs is None else [json.loads(case.runs)])
    if case.effect == "ask":
        assert asked(got)["approval"]
        return
    (seen,) = model.seen
    assert seen.status == ("error" if case.runs is None or case.withheld else "success")
    if case.runs is not None and not case.withheld:
        told = str(seen.content)
        assert (json.loads(told) if told.startswith("{") else told) == case.gives
    assert "4711" not in str(seen.content)
