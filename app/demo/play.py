"""Plays the demo twice, with Drawbar before the server and without it, and says what happens."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.demo import records, stage
from app.demo.agent import USER, Step, agent

if TYPE_CHECKING:
    from memory.records.record import DecisionRecord

_WIDTH: Final = 88
_QUIET: Final = {"DRAWBAR_LOG_LEVEL": "error"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the demo; `effect` is what was decided, where something was."""

    words: str
    effect: str | None = None


async def play(folder: Path) -> AsyncIterator[Line]:
    """Play in a folder: its policy decides, and its store keeps the records."""
    policies, data = folder / "policies", folder / "var"
    session = f"demo-{secrets.token_hex(4)}"
    guarded, open_ = folder / "guarded.jsonl", folder / "open.jsonl"
    for ledger in (guarded, open_):
        ledger.unlink(missing_ok=True)
    stage.policies(policies)
    async with AsyncExitStack() as held:
        plain = await held.enter_async_context(stage.started(stage.bank(open_), {}))
        await plain.pin(policies)
        command = stage.wrapped(policies, data, session, guarded)
        guard = stage.started(command, _QUIET, lambda: stage.listening(data))
        before = await held.enter_async_context(guard)
        yield Line("WITH DRAWBAR between the agent and its MCP server")
        yield Line(f'the user says: "{USER}"')
        await stage.tell_user_words(data, session, USER)
        async for step in agent(USER, before):
            for line in _told(step, await records.decided(data, session)):
                yield line
        yield _account(guarded)
        for line in _recorded(await records.decided(data, session)):
            yield line
        yield Line("")
        yield Line("WITHOUT DRAWBAR, the same agent, server and mails")
        async for step in agent(USER, plain):
            yield Line(_call(step))
        yield _account(open_)


def _told(step: Step, decided: "list[DecisionRecord]") -> list[Line]:
    """Say what was decided about a call, and why: by the record that it left last."""
    record = decided[-1] if decided else None
    if record is None or record.tool != step.tool:
        return [Line(_call(step), "deny")]
    rules = ", ".join(str(one["rule"]) for one in record.reasons if one["rule"]) or record.reason
    lines = [Line(f"{_call(step)}  by {rules}", record.effect)]
    lines += [Line(f"         {told}") for told in records.origin(record)]
    if step.came.refused:
        lines.append(Line(f'         the agent is told: "{step.came.text}"'))
    elif step.tool == "read_mail":
        lines.append(Line(f'         "{_cut(step.came.text)}"'))
    return lines


def _call(step: Step) -> str:
    args = ", ".join(f"{name}: {value}" for name, value in step.args.items())
    return f"{step.tool}({args})"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else "..." + text[-_WIDTH:]


def _account(ledger: Path) -> Line:
    moved = [f"{one['amount']:g} to {one['to']}" for one in stage.paid(ledger)]
    return Line(f"money that left the account: {' and '.join(moved) or 'none'}")


def _recorded(decided: "list[DecisionRecord]") -> list[Line]:
    """Show the record of what was refused last."""
    refused = [one for one in decided if one.effect != "allow"]
    if not refused:
        return []
    record = refused[-1]
    return [
        Line(f"its record: {record.id}, under policies {record.revision}"),
        Line(f"         its arguments as a digest: {record.args_hmac[:28]}..."),
    ]
