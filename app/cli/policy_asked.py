"""What `drawbar policy` asks a gateway, and how it says what was answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from app.cli.calling import Api, Refused
from app.cli.output import coloured
from app.plain import plain
from dsl.errors import DrawbarError

LISTED: Final = "/v1/publications"
DRAFTS: Final = "/v1/drafts"


def at(place: str, name: str, *steps: str) -> str:
    """Return the path of something by its name, whatever that is."""
    return "/".join((place, quote(name, safe=""), *steps))


def files_of(folder: Path) -> list[dict[str, str]]:
    """Return what a gateway reads of a folder."""
    from app.binding.bindings import NAME
    from app.policy import policies

    found = policies.find([folder])
    if not found:
        raise DrawbarError(f"there is no policy in `{folder}`")
    beside = [one for one in policies.walk(folder) if one.suffix == policies.TOOLS_SUFFIX]
    known = {*found, *beside}
    kept = [one for one in policies.walk(folder) if one in known or one.name == NAME]
    texts = [(one.relative_to(folder).as_posix(), policies.read_source(one).text) for one in kept]
    return [{"name": name, "text": text} for name, text in texts]


def written(api: Api, draft: str, files: list[dict[str, str]]) -> str:
    """Write a draft whole, and return its tag."""
    try:
        _, tag = api.send("POST", DRAFTS, {"name": draft, "files": files})
    except Refused as error:
        if error.code != "exists":
            raise
        _, tag = api.send("PUT", at(DRAFTS, draft), {"files": files}, tag_of(api, draft))
    return str(tag)


def tag_of(api: Api, draft: str) -> str:
    """Return the state of a draft."""
    return str(api.send("GET", at(DRAFTS, draft))[1])


def current(api: Api) -> int:
    """Return the number of the publication in force, 0 before the first."""
    found = api.get(LISTED, {"limit": "1"})["publications"]
    return int(found[0]["number"]) if found else 0


def say_released(told: Any) -> None:
    """Say what came of publishing."""
    if told["publication"] is not None:
        say_published(told["publication"])
        return
    waits = told["proposal"]
    name, digest = plain(waits["id"]), plain(waits["digest"])
    click.echo(f"waits for another person: {name}, {digest}")
    click.echo(f"they look: drawbar policy review {name}")
    click.echo(f"they run: drawbar policy confirm {name} {digest}")


def say_published(made: Any) -> None:
    """Say what is in force now."""
    word = coloured("passed", "published")
    click.echo(f"{word}: publication {made['number']}, {plain(made['digest'])}")


def publication_line(one: Any) -> str:
    """Say in a line what was published, by whom and why."""
    second = f" and {plain(one['confirmed_subject'])}" if one["confirmed_subject"] else ""
    words = f"{one['kind'].replace('_', ' ')} by {plain(one['subject'])}{second}"
    note = f": {plain(one['note'])}" if one["note"] else ""
    return f"{one['number']:>5}  {one['at'][:19]}  {one['digest'][:19]}  {words}{note}"


def proposal_line(one: Any) -> str:
    """Say in a line what waits, and for whom."""
    note = f": {plain(one['note'])}" if one["note"] else ""
    who = f"{plain(one['id'])}  {plain(one['digest'])}  {one['kind'].replace('_', ' ')}"
    return f"{who} by {plain(one['subject'])}, waits for another person{note}"


def review(one: Any) -> str:
    """Show what waits: who proposed it, and what it changes."""
    return f"{proposal_line(one)}\n{shown(one['diff'])}"


def shown(text: str) -> str:
    """Return lines of a gateway so that they steer nothing."""
    return "\n".join(plain(line) for line in text.split("\n"))


def replay_lines(told: Any) -> Iterator[str]:
    """Say what would be decided otherwise; what becomes allowed comes first."""
    for one in told["changes"]:
        rule = plain(one["rule"])
        by = f"by {rule}" if "/" in rule else f"({rule})"
        yield f"{one['number']:,} {plain(one['before'])} -> {coloured(plain(one['after']))} {by}"
        for each in one["examples"]:
            yield f"    {plain(each['decision'])}  {plain(each['tool'])}"
    for why, number in told["left_out"].items():
        yield f"{number:,} could not be judged: {plain(why)}"
    rest = "" if told["whole"] else "; there was no time for the rest"
    yield (
        f"{told['judged']:,} judged, {told['same']:,} as before,"
        f" {told['judged'] - told['same']:,} otherwise{rest}"
    )


def laid_out(folder: Path, files: list[dict[str, str]]) -> int:
    """Write files into a folder, each of them below it; tell how many there are."""
    from memory.publishing.draft import refuse_odd
    from memory.revisions.revision import File

    refuse_odd([File(one["name"], one["text"]) for one in files])  # a gateway is not trusted so far
    for one in files:
        place = folder / one["name"]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one["text"].encode())
    return len(files)
