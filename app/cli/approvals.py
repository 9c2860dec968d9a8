"""`drawbar approvals`."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from app.cli.at_hand import at_hand
from app.cli.calling import Api, as_json
from app.cli.options import FORMAT
from app.cli.output import Output, coloured
from app.cli.reaching import HERE, WHERE, Given, gateway
from app.plain import plain
from dsl import strictjson

WATCH_S: Final = 2.0
STATUSES: Final = ("pending", "approved", "rejected", "used", "expired")
Shown = Mapping[str, Any]


@click.group()
def approvals() -> None:
    """See what people are asked, and answer; over the API of a running gateway."""


def calling(command: Callable[..., None]) -> Callable[..., None]:
    """Add how the gateway is reached, and open it: at an address, or beside its data folder."""

    @gateway(WHERE, "An API key with the scope `approve`.", default=HERE)
    @click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="Instead of these: the data folder of `drawbar mcp wrap --local` that runs here.",
    )
    @click.option(
        "--as-user",
        is_flag=True,
        help="With --data: answer as the user for whom the agent acts, not as somebody else.",
    )
    @wraps(command)
    def run(given: Given, data: Path | None, *, as_user: bool, **options: Any) -> None:
        with _opened(given, data, as_user=as_user) as api:
            command(api, **options)

    return run


def _opened(given: Given, data: Path | None, *, as_user: bool) -> Api:
    if data is not None:
        return Api(*at_hand(data, as_user=as_user))
    return given.api("give an API key: DRAWBAR_KEY, --key-file or --key; or a folder with --data")


@approvals.command("list")
@click.option(
    "--status",
    type=click.Choice([*STATUSES, "all"]),
    default="pending",
    show_default=True,
    help="Which ones.",
)
@click.option(
    "--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="How many to list."
)
@FORMAT
@calling
def list_(api: Api, status: str, limit: int, output: str) -> None:
    """List approvals, newest first."""
    found = _listed(api, status, limit)
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    click.echo("\n".join(_line(one) for one in found) or "nobody is asked anything")


@approvals.command()
@click.argument("approval_id")
@FORMAT
@calling
def show(api: Api, approval_id: str, output: str) -> None:
    """Show one approval: the call, where its values come from, and the rules that ask."""
    one = api.get(f"/v1/approvals/{quote(approval_id, safe='')}")
    click.echo(as_json(one) if output == Output.JSON else "\n".join(_whole(one)))


@approvals.command()
@click.argument("approval_id")
@click.option("--comment", help="Words that are kept with the answer.")
@calling
def approve(api: Api, approval_id: str, comment: str | None) -> None:
    """Say yes to exactly this call, for one time."""
    _answer(api, "approve", approval_id, comment)


@approvals.command()
@click.argument("approval_id")
@click.option("--comment", help="Words for the agent.")
@calling
def reject(api: Api, approval_id: str, comment: str | None) -> None:
    """Say no to a call."""
    _answer(api, "reject", approval_id, comment)


@approvals.command()
@click.option(
    "--seconds", type=click.IntRange(1), help="Stop after so long (default: until Ctrl-C)."
)
@calling
def watch(api: Api, seconds: int | None) -> None:
    """Print what people are asked, as it comes in."""
    until = None if seconds is None else time.monotonic() + seconds
    seen = set[str]()
    while True:
        for one in reversed(_listed(api, "pending", 200)):
            if one["id"] not in seen:
                seen.add(one["id"])
                click.echo(_line(one))
        if until is not None and time.monotonic() + WATCH_S > until:
            return
        time.sleep(WATCH_S)


def _listed(api: Api, status: str, limit: int) -> list[Shown]:
    wanted = {"limit": str(limit)} | ({} if status == "all" else {"status": status})
    found: list[Shown] = api.get("/v1/approvals", wanted)["approvals"]
    return found


def _answer(api: Api, word: str, approval_id: str, comment: str | None) -> None:
    body = {} if comment is None else {"comment": comment}
    one = api.post(f"/v1/approvals/{quote(approval_id, safe='')}/{word}", body)
    open_still = [_need(need) for need in one["needs"] if need["status"] == "pending"]
    more = f", and still needs {', '.join(open_still)}" if one["status"] == "pending" else ""
    click.echo(f"{plain(one['id'])} is {coloured(_word(one['status']), one['status'])}{more}")


def _line(one: Shown) -> str:
    status = coloured(_word(one["status"]), f"{one['status']:8}")
    needs = ", ".join(_need(need) for need in one["needs"])
    whom = plain(one["subject"] or "nobody named")
    return f"{plain(one['id'])}  {status}  {_left(one)}  {_tool(one)}  for {whom}  needs {needs}"


def _whole(one: Shown) -> Iterator[str]:
    """Yield all of an approval, line by line; whatever stands in it is made plain."""
    yield _line(one)
    rows = [("agent", one["agent"]), ("session", one["session"]), ("call", one["call_id"])]
    for name, value in rows:
        if value is not None:
            yield _row(name, value)
    shown = one["shown"]
    if shown is not None:
        yield from _shown(shown)
    for need in one["needs"]:
        by = f" by {need['by']}" if need["by"] else ""
        said = f": {need['comment']}" if need["comment"] else ""
        yield _row("needs", f"{_need(need)}: {need['status']}{by}{said}")


def _shown(shown: Shown) -> Iterator[str]:
    for name, value in shown["args"].items():
        yield _row("argument", f"{name} = {strictjson.canonical(value)}")
    for name, value in (shown["changed"] or {}).items():
        if name not in shown["args"] or shown["args"][name] != value:
            yield _row("runs with", f"{name} = {strictjson.canonical(value)}")
    for name, value in shown["context"].items():
        yield _row("context", f"{name} = {strictjson.canonical(value)}")
    for origin in shown["origins"]:
        yield _row("origin", f"{origin['path']}: {origin_in_words(origin)}")
        for snippet in origin["snippets"]:
            yield _row("", f"{snippet['from']}: {snippet['text']}")
    for rule in shown["rules"]:
        why = f": {rule['because']}" if rule["because"] else ""
        unknown = f" ({rule['path']} is {rule['cause']})" if rule["cause"] else ""
        yield _row("rule", f"{rule['policy']}/{rule['rule'] or 'default'}{unknown}{why}")
    for rule in shown["softened"]:
        why = f": {rule['because']}" if rule["because"] else ""
        yield _row("denied by", f"{rule['policy']}/{rule['rule']}, a model{why}")
    for sentence in shown["advice"]:
        yield _row("memory", sentence)
    for change in shown["difference"]:
        yield _row("last time", f"{change['path']}: {change['before']}, now {change['now']}")


def origin_in_words(origin: Shown) -> str:
    """Say where a value was met."""
    if origin["levels"] is None:
        return "long or unreadable, not looked for"
    sure = ", ".join(origin["levels"])
    perhaps = f"perhaps {', '.join(origin['perhaps'])}" if origin["perhaps"] else ""
    return "; ".join(words for words in (sure, perhaps) if words) or "nowhere in this session"


def _row(name: str, words: str) -> str:
    return f"{name:>10}  {plain(str(words))}"


def _tool(one: Shown) -> str:
    return plain(f"{one['server']}/{one['tool']}" if one["server"] else one["tool"])


def _need(need: Shown) -> str:
    words = {"user": "the user", "any": "anybody"}
    return plain(words.get(need["kind"]) or f"role {need['role']}")


def _word(status: str) -> str:
    """Return the word whose colour a status has."""
    return {"approved": "allow", "used": "allow", "rejected": "deny"}.get(status, "ask")


def _left(one: Shown) -> str:
    """Say how much time is left."""
    seconds = (datetime.fromisoformat(one["expires_at"]) - datetime.now(UTC)).total_seconds()
    if one["status"] not in ("pending", "approved") or seconds <= 0:
        return f"{one['created_at'][:16].replace('T', ' ')}"
    return f"{int(seconds // 60)}m{int(seconds % 60):02}s left"
