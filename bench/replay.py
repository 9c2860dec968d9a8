"""How many recorded decisions are judged anew in a minute: `python -m bench.replay`.

A gateway in this process decides a few thousand calls in sessions with words of users and results;
then they are replayed by the policy that decided them, which must say the same, and by another.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from structlog.testing import capture_logs

from app.auth import Caller
from app.data_folder import digest_key
from app.deciding.observing import Observer
from app.deciding.question import Question
from app.deciding.sessioning import in_session
from app.deciding.settling import settle
from app.engine import PLAIN
from app.policy import policies
from app.policy.policies import PolicySet
from app.replaying import Replay, replayed
from app.settings import Settings
from app.wiring import Gateway
from dsl.model import Subject, ToolCall
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.keys import DEFAULT_TENANT, ApiKey, Scope
from memory.records.query import Wanted
from memory.replay.cases import cases
from memory.replay.worlds import Worlds
from memory.sessions.in_sql import SqlStore
from memory.sessions.sealed import SealedByVault
from memory.sessions.session import Owner

EACH: Final = 20  # calls in one session
POLICY: Final = """\
policy bank version 1;
source get_payee.iban as trusted;
kind pay.to is iban;
rule reads: allow get_payee;
rule named: allow pay when args.amount <= 100 and args.to from [user, trusted];
rule often: deny pay when count(pay) >= 12;
rule big: ask pay when args.amount > 100;
"""
OTHER: Final = POLICY.replace("<= 100", "<= 50")
USER: Final = "DE89370400440532013000"
STRANGER: Final = "FR1420041010050500013M02606"
KEY: Final = ApiKey(
    "k_1", DEFAULT_TENANT, "bench", "ada", None, frozenset(Scope), datetime(2026, 1, 1, tzinfo=UTC)
)


async def _session(gateway: Gateway, name: str) -> None:
    """Let a user say something, and an agent call tools."""
    owner = Owner(DEFAULT_TENANT, "ada", None)
    async with in_session(gateway, owner, name, gateway.now()) as visit:
        until = time.monotonic() + 30
        current = gateway.live.current
        observer = Observer(
            current, visit.turn, gateway.now(), gateway.metrics, gateway.facts, until
        )
        observer.said("u1", f"Pay the bill of {name}, to {USER}, and no more than 90.")
    for number in range(EACH):
        to = USER if number % 3 else STRANGER
        amount = 10 + (number * 7) % 120
        call = ToolCall(
            f"c{number}", "pay", {"to": to, "amount": amount}, None, Subject("ada"), None, name
        )
        await settle(gateway, Question(call, Caller(KEY), "http", 30, PLAIN))


async def _replay(gateway: Gateway, folder: Path, bound: PolicySet) -> tuple[Replay, float]:
    """Replay everything; return what came of it, and how long it took."""
    vault = Vault(gateway.database, FileMaster(digest_key(folder)))
    found = Replay()
    began = time.perf_counter()
    async with SqlStore(gateway.database, SealedByVault(vault)).read() as reading:
        some = cases(gateway.database, vault, Wanted(DEFAULT_TENANT))
        async for so_far in replayed(some, Worlds(reading, bound.reach), bound):
            found = so_far
    return found, time.perf_counter() - began


async def _measure(folder: Path, number: int) -> None:
    (folder / "policies").mkdir()
    for name, text in (("policies/bank.bar", POLICY), ("other.bar", OTHER)):
        (folder / name).write_text(text, "utf-8")
    gateway = Gateway(Settings(data=folder / "data", policies=folder / "policies"))
    with capture_logs():
        await gateway.open()
        for at in range(number // EACH):
            await _session(gateway, f"s{at}")
    for name in ("policies/bank.bar", "other.bar"):
        bound = policies.load([folder / name])
        found, took = await _replay(gateway, folder / "data", bound)
        changed = found.judged - found.same
        print(
            f"{name}: {found.judged:,} decisions, {changed:,} otherwise, "
            f"{sum(found.left_out.values())} left out: {found.judged / took * 60:,.0f} a minute"
        )
    await gateway.close()


def main(arguments: Sequence[str]) -> None:
    """Decide, and replay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=4_000, help="decisions")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), given.number))


if __name__ == "__main__":
    main(sys.argv[1:])
