"""`drawbar doctor`."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from app.cli.binding import POLICIES
from app.cli.exits import ExitCode
from app.cli.options import DATA
from app.cli.output import coloured, dump
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from app.doctor.check import Check
    from app.doctor.told import Row
    from app.policy.policies import PolicySet
    from app.settings import Settings
    from memory.keys import ApiKey
    from memory.records.record import DecisionRecord

RECENT: Final = 2_000  # decisions that are looked at
_MARKS: Final = {"ok": "passed", "note": "help", "finding": "error"}


@dataclass(frozen=True, slots=True)
class _Store:
    """What was read from the store."""

    checks: "list[Check]"
    recent: "tuple[DecisionRecord, ...]"
    keys: "list[ApiKey]"
    seen: dict[Any, bool | None]


@click.command()
@click.option("--url", help="The gateway to ask (default: DRAWBAR_URL, or as the settings say).")
@click.option(
    "--canary",
    is_flag=True,
    help="Send a call that must never pass through each edge, with the key in DRAWBAR_KEY.",
)
@click.option("--config", type=click.Path(path_type=Path), help="Settings file in TOML.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@POLICIES
@DATA
def doctor(
    url: str | None,
    config: Path | None,
    folder: Path | None,
    data: Path | None,
    *,
    canary: bool,
    as_json: bool,
) -> None:
    """Look at store, keys, policies, bindings and edges, and say what must be looked after.

    Beside the settings it reads the store and asks the gateway, if one runs. Exit codes: 0 clean,
    1 could not run, 2 usage, 3 findings.
    """
    from app import settings

    found = settings.load({"policies": folder, "data": data}, config)
    key = os.environ.get("DRAWBAR_KEY")
    if canary and not key:
        hint = "make one: export DRAWBAR_KEY=$(drawbar keys create --scope check)"
        raise DrawbarError(f"the canary needs an API key in DRAWBAR_KEY; {hint}")
    url = url or os.environ.get("DRAWBAR_URL")
    policies, checks = _policies(found)
    store = asyncio.run(_stored(found))
    rows = _rows(policies, store, found.environment)
    checks += store.checks
    checks += _offline(found, policies, store, rows)
    checks += _online(found, url, policies, key if canary else None)
    click.echo(_json(checks, rows) if as_json else "\n".join(_text(checks, rows)))
    bad = any(one.level == "finding" for one in checks)
    raise SystemExit(ExitCode.FINDINGS if bad else ExitCode.CLEAN)


def _policies(found: "Settings") -> "tuple[PolicySet, list[Check]]":
    from app.doctor import bound
    from app.doctor.check import finding
    from app.policy import policies

    try:
        read = policies.load([found.policies])
    except DrawbarError as error:
        words = f"the policies in `{found.policies}` cannot be taken up: {error}"
        hint = "a gateway that runs keeps those before, one that starts denies everything"
        return policies.EMPTY, [finding("policies_refused", words, hint)]
    return read, list(bound.in_force(read))


async def _stored(found: "Settings") -> _Store:
    from app.data_folder import digest_key
    from app.doctor.check import finding, ok
    from app.places import open_database
    from memory.evidence.master import FileMaster
    from memory.evidence.vault import Vault
    from memory.keys import DEFAULT_TENANT, Keys
    from memory.records.seen import recent, was_told
    from memory.sealing import SealError
    from memory.sessions.events import Kind

    database = open_database(found, create=False)
    checks: list[Check] = []
    try:
        await database.migrate()
        checks.append(ok("store", f"the store {database.shown} answers"))
        keys = await Keys(database).all()
        tenants = sorted({DEFAULT_TENANT, *(key.tenant for key in keys)})
        read = [await recent(database, tenant, RECENT) for tenant in tenants]
        newest = tuple(one for some in read for one in some)
        kept = found.session_store is None
        seen: dict[Any, bool | None] = {
            "user words": await was_told(database, Kind.SAID) if kept else None,
            "results": await was_told(database, Kind.CAME) if kept else None,
            "replies": any(one.phase == "reply" for one in newest),
        }
        try:
            vault = Vault(database, FileMaster(digest_key(found.data, create=False)))
            await vault.keys(DEFAULT_TENANT, {None})
            checks.append(ok("digest_key", "what is sealed can be opened with digest.key"))
        except (DrawbarError, SealError) as error:
            words = f"what is sealed in the store cannot be opened: {error}"
            hint = "put back the digest.key that the store was made with"
            checks.append(finding("digest_key", words, hint))
    finally:
        await database.close()
    return _Store(checks, newest, keys, seen)


def _rows(policies: "PolicySet", store: _Store, environment: str | None) -> "list[Row]":
    from app.doctor import told

    now = datetime.now(UTC)
    active = [key.scopes for key in store.keys if key.works(now)]
    scopes = frozenset().union(*active) if active else frozenset()
    return told.table(policies, scopes, store.recent, store.seen, environment)


def _offline(
    found: "Settings", policies: "PolicySet", store: _Store, rows: "list[Row]"
) -> "Iterator[Check]":
    from app.doctor import bound, folders, told

    now = datetime.now(UTC)
    yield from folders.data_folder(found.data)
    yield from folders.policy_folder(found.policies)
    yield from told.keys(store.keys, policies.bound, speaks=bool(found.mcp.speaks_for_user))
    yield from told.told(rows)
    yield from told.carried_out(store.recent)
    yield from bound.observing(policies, now)
    yield from bound.rolled_out(policies, found.environment)
    yield from bound.evaluated(policies, store.recent, found.environment)
    yield from bound.clock(store.recent, now)


def _online(
    found: "Settings", url: str | None, policies: "PolicySet", key: str | None
) -> "Iterator[Check]":
    """Ask the gateway; with a key, send the canary through its edges."""
    from app.doctor import canaries, running

    where = running.address(found, url)
    with running.client(where) as asks:
        wanted = url is not None or key is not None
        yield from running.running(asks, where[1] or where[0], policies, wanted=wanted)
        if key is not None:
            yield from canaries.http(asks, key)
            yield from canaries.mcp(asks, key, sorted(found.mcp.gateways))


def _json(checks: "list[Check]", rows: "list[Row]") -> str:
    return dump({"checks": [asdict(one) for one in checks], "told": [asdict(one) for one in rows]})


def _text(checks: "list[Check]", rows: "list[Row]") -> Iterator[str]:
    for one in checks:
        yield f"{coloured(_MARKS[one.level], f'{one.level:7}')}  {printable(one.said)}"
        if one.hint is not None:
            yield f"         {printable(one.hint)}"
    yield ""
    yield f"{'edge':6} {'lately':>7}  {'what':11} {'can be told by':28} {'was it':8} needed by"
    for row in rows:
        seen = {True: "yes", False: "never", None: "unknown"}[row.seen]
        by = ", ".join(row.needed_by[:3]) or "no rule"
        by += f" and {len(row.needed_by) - 3} more" if len(row.needed_by) > 3 else ""  # noqa: PLR2004 - as shown
        line = f"{row.edge:6} {row.decisions:7,}  {row.kind:11} {row.can:28} {seen:8} {by}"
        yield printable(line)
    number = sum(one.level == "finding" for one in checks)
    yield ""
    yield f"{number} findings" if number != 1 else "1 finding"
