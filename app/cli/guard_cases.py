"""`drawbar guard cases`."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.evidence import NOTE, taking
from app.cli.exits import ExitCode
from app.cli.options import DATA, TENANT
from app.cli.times import instant
from app.cli.writing import new_file

if TYPE_CHECKING:
    from app.guarding.cases import About


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sentence", help="What a `judge` rule asks about, word for word.")
@click.option("--kind", help="As the sentence is declared; labels then count for all of its kind.")
@click.option("--polarity", type=click.Choice(["forbids", "permits"]), help="The same.")
@click.option("--label", help="What a `classify` rule asks for, such as `off_task`.")
@click.option("--tool", help="Only calls of this tool, with its server: `bank/pay`.")
@click.option("--session", help="Only those in this session.")
@click.option("--since", help="Only decisions from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only decisions before this time.")
@TENANT
@NOTE
@DATA
def cases(
    file: Path,
    sentence: str | None,
    kind: str | None,
    polarity: str | None,
    label: str | None,
    tenant: str,
    note: str,
    data: Path | None,
    **wanted: str | None,
) -> None:
    """Write recorded calls to a file for people to label, with all that a guard would be shown.

    Each line is one case with an empty `output`: fill in `violation` or `no_violation`, and give
    the file to `drawbar guard calibrate` or `drawbar train`. What users said, calls and results
    stand in it in clear, and who took them out is written down.

    Exit codes: 0 written, 1 could not run, 2 usage, 3 there was nothing to write.
    """
    about = _about(sentence, kind, polarity, label)
    times = {name: instant(wanted[name], f"--{name}") for name in ("since", "until")}
    number, left_out = asyncio.run(_write(file, tenant, {**wanted, **times}, about, note, data))
    for why, many in left_out.most_common():
        click.echo(f"{many:,} left out: {why}")
    click.echo(f"{number:,} cases, with arguments and words in clear: {file}")
    raise SystemExit(ExitCode.CLEAN if number else ExitCode.FINDINGS)


def _about(
    sentence: str | None, kind: str | None, polarity: str | None, label: str | None
) -> "About":
    from app.guarding.cases import About
    from guards.judgement import Form

    if (sentence is None) == (label is None):
        raise click.UsageError("name either --sentence or --label")
    if (kind is None) != (polarity is None) or (kind is not None and sentence is None):
        raise click.UsageError("--kind and --polarity stand together, with --sentence")
    if label is not None:
        return About(Form.CLASSIFY, label)
    return About(Form.JUDGE, str(sentence), kind, polarity)


async def _write(
    file: Path,
    tenant: str,
    by: dict[str, Any],
    about: "About",
    note: str,
    data: Path | None,
) -> tuple[int, Counter[str]]:
    from app.cli.stores import reading
    from app.guarding.cases import asked
    from guards.skill.unlabelled import line
    from memory.records.query import Wanted
    from memory.replay.cases import cases as recorded
    from memory.replay.worlds import Worlds

    number, left_out = 0, Counter[str]()
    async with reading(data) as store:
        await taking(store, tenant, f"cases to label, to {file.name}", note)
        found = recorded(store.database, store.vault, Wanted(tenant, **by))
        with new_file(file) as out:
            async for one in asked(found, Worlds(store.sessions, {}), about, left_out):
                out.write(line(one.question, one.cluster) + "\n")
                number += 1
    return number, left_out
