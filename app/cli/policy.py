"""`drawbar policy`."""

from pathlib import Path
from typing import Final

import click

from app.cli import policy_asked as asked
from app.cli.calling import Api, as_json
from app.cli.exits import ExitCode
from app.cli.options import FORMAT
from app.cli.output import Output, coloured
from app.cli.reaching import calling as calling_with
from app.plain import plain
from dsl.errors import DrawbarError

DRAFT: Final = "main"
_DRAFT = click.argument("draft", default=DRAFT)
_NOTE = click.option("--note", default="", help="Why; it is kept with the publication.")
_EXPECT = click.option(
    "--expect",
    type=click.IntRange(0),
    help="Only if this publication is in force (default: the one that is when the command begins).",
)

calling = calling_with("`policy:...`")


@click.group()
def policy() -> None:
    """Write, publish and roll back policies, over the API of a running gateway.

    For gateways with the setting `policy_source = "store"`. DRAFT is `main` where none is named.
    """


@policy.command()
@FORMAT
@calling
def drafts(api: Api, output: str) -> None:
    """List drafts.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    found = api.get(asked.DRAFTS, {"limit": "200"})
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    for one in found["drafts"]:
        by = f"changed {one['changed_at'][:19]} by {plain(one['changed_by'])}"
        click.echo(f"{plain(one['name'])}  version {one['version']}, {by}")
    if not found["drafts"]:
        click.echo("there is no draft")


@policy.command()
@click.argument("draft")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@calling
def discard(api: Api, draft: str, *, yes: bool) -> None:
    """Delete a draft; what was published of it stays.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    tag = asked.tag_of(api, draft)
    if not yes:
        click.confirm(f"The files of the draft {plain(draft)} will be gone. Delete it?", abort=True)
    api.send("DELETE", asked.at(asked.DRAFTS, draft), tag=tag)
    click.echo(f"draft {plain(draft)} is deleted")


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--draft", default=DRAFT, show_default=True, help="The draft that is written.")
@click.option("--publish", "at_once", is_flag=True, help="Publish it, if nothing is wrong with it.")
@_NOTE
@_EXPECT
@calling
def push(
    api: Api, folder: Path, draft: str, *, at_once: bool, note: str, expect: int | None
) -> None:
    """Write a folder's policies into a draft, and with --publish put them into force.

    All files of the draft are replaced. Exit codes: 0 clean, 1 could not run or was refused,
    2 usage.
    """
    expected = asked.current(api) if expect is None else expect
    files = asked.files_of(folder)
    tag = asked.written(api, draft, files)
    click.echo(f"draft {plain(draft)}: {len(files)} file{'' if len(files) == 1 else 's'}")
    if at_once:
        _publish(api, draft, tag, expected, note)


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--draft", help="A draft, instead of what is published.")
@click.option("--revision", help="A revision that was in force, instead of what is published.")
@calling
def pull(api: Api, folder: Path, draft: str | None, revision: str | None) -> None:
    """Write what is published, a draft or a revision into a folder that has no files yet.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    if draft is not None and revision is not None:
        raise click.UsageError("name a draft or a revision, not both")
    if folder.exists() and any(folder.iterdir()):
        raise DrawbarError(f"`{folder}` is not empty; name a folder that is not there yet")
    if draft is not None:
        told = api.get(asked.at(asked.DRAFTS, draft))
    else:
        told = api.get(asked.at("/v1/revisions", revision or _digest(api)))
    number = asked.laid_out(folder, told["files"])
    click.echo(f"{number} file{'' if number == 1 else 's'} in {folder}")


def _digest(api: Api) -> str:
    found = api.get(asked.LISTED, {"limit": "1"})["publications"]
    if not found:
        raise DrawbarError("nothing is published yet")
    return str(found[0]["digest"])


@policy.command()
@_DRAFT
@calling
def lint(api: Api, draft: str) -> None:
    """Report mistakes and risks in a draft.

    Exit codes: 0 no errors, 1 could not run, 2 usage, 3 errors.
    """
    told, _ = api.send("POST", asked.at(asked.DRAFTS, draft, "lint"), {})
    for one in told["findings"]:
        click.echo(asked.shown(one["shown"]) + "\n")
    click.echo(f"{len(told['findings'])} findings")
    raise SystemExit(ExitCode.CLEAN if told["publishable"] else ExitCode.FINDINGS)


@policy.command()
@_DRAFT
@calling
def test(api: Api, draft: str) -> None:
    """Run the tests that live with the policies of a draft.

    Exit codes: 0 all passed, 1 could not run, 2 usage, 3 a test failed.
    """
    told, _ = api.send("POST", asked.at(asked.DRAFTS, draft, "test"), {})
    for one in told["tests"]:
        word = coloured("passed" if one["passed"] else "failed")
        click.echo(f"{word}  {plain(one['policy'])}: {plain(one['name'])}")
        for failure in one["failures"]:
            click.echo(asked.shown(failure) + "\n")
    raise SystemExit(ExitCode.CLEAN if told["passed"] else ExitCode.FINDINGS)


@policy.command()
@_DRAFT
@click.option("--against", help="A revision, instead of what is in force.")
@calling
def diff(api: Api, draft: str, against: str | None) -> None:
    """Show what is written otherwise in a draft than in what is in force, as a unified diff.

    Exit codes: 0 no word differs, 1 could not run, 2 usage, 3 something differs.
    """
    wanted = {} if against is None else {"against": against}
    said = api.get(asked.at(asked.DRAFTS, draft, "diff"), wanted)["diff"]
    click.echo(asked.shown(said), nl=False)
    raise SystemExit(ExitCode.FINDINGS if said else ExitCode.CLEAN)


@policy.command()
@_DRAFT
@click.option(
    "--most",
    type=click.IntRange(1, 500),
    default=500,
    show_default=True,
    help="How many decisions.",
)
@FORMAT
@calling
def replay(api: Api, draft: str, most: int, output: str) -> None:
    """Judge the newest recorded decisions by a draft, and show what would change.

    The key needs `audit` too. Exit codes: 0 nothing would change, 1 could not run or had nothing to
    judge, 2 usage, 3 something would change.
    """
    told, _ = api.send("POST", asked.at(asked.DRAFTS, draft, "replay"), {"most": most})
    said = as_json(told) if output == Output.JSON else "\n".join(asked.replay_lines(told))
    click.echo(said)
    if not told["judged"]:
        raise DrawbarError("nothing could be judged, so nothing is known of what would change")
    raise SystemExit(ExitCode.FINDINGS if told["changes"] else ExitCode.CLEAN)


@policy.command()
@_DRAFT
@_NOTE
@_EXPECT
@calling
def publish(api: Api, draft: str, note: str, expect: int | None) -> None:
    """Put a draft into force, if nothing is wrong with it.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    expected = asked.current(api) if expect is None else expect
    _publish(api, draft, asked.tag_of(api, draft), expected, note)


def _publish(api: Api, draft: str, tag: str, expected: int, note: str) -> None:
    body = {"expected": expected, "note": note}
    asked.say_released(api.send("POST", asked.at(asked.DRAFTS, draft, "publish"), body, tag)[0])


@policy.command()
@click.argument("revision")
@_NOTE
@_EXPECT
@calling
def rollback(api: Api, revision: str, note: str, expect: int | None) -> None:
    """Publish again what was in force before; `drawbar policy list` says what that was.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    expected = asked.current(api) if expect is None else expect
    body = {"expected": expected, "note": note, "revision": revision}
    asked.say_released(api.send("POST", asked.LISTED, body)[0])


@policy.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many."
)
@FORMAT
@calling
def list_(api: Api, limit: int, output: str) -> None:
    """List what was published, the newest first, and before that what waits for a second person.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    found = api.get(asked.LISTED, {"limit": str(limit)})["publications"]
    waits = api.get(f"{asked.LISTED}/proposals")["proposals"]
    if output == Output.JSON:
        click.echo(as_json({"publications": found, "proposals": waits}))
        return
    for one in waits:
        click.echo(asked.proposal_line(one))
    for one in found:
        click.echo(asked.publication_line(one))
    if not found:
        click.echo("nothing is published yet")


@policy.command()
@click.argument("proposal")
@FORMAT
@calling
def review(api: Api, proposal: str, output: str) -> None:
    """Show what another person proposed, as a unified diff from what is published.

    Exit codes: 0 no word differs, 1 could not run, 2 usage, 3 something differs.
    """
    told = api.get(asked.at(f"{asked.LISTED}/proposals", proposal))
    said = as_json(told) if output == Output.JSON else asked.review(told)
    click.echo(said, nl=output == Output.JSON)
    raise SystemExit(ExitCode.FINDINGS if told["diff"] else ExitCode.CLEAN)


@policy.command()
@click.argument("proposal")
@click.argument("digest")
@calling
def confirm(api: Api, proposal: str, digest: str) -> None:
    """Put into force what another person proposed: exactly the revision of this digest.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    made, _ = api.send("POST", asked.at(asked.LISTED, proposal, "confirm"), {"digest": digest})
    asked.say_published(made)


@policy.command()
@click.argument("proposal")
@calling
def withdraw(api: Api, proposal: str) -> None:
    """Take back what waits for a second person.

    Exit codes: 0 clean, 1 could not run or was refused, 2 usage.
    """
    api.send("POST", asked.at(asked.LISTED, proposal, "withdraw"), {})
    click.echo(f"{plain(proposal)} is withdrawn")
