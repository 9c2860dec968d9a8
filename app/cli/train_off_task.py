"""`drawbar train off-task`."""

import hashlib
from pathlib import Path

import click

from app.cli.exits import ExitCode
from dsl.errors import DrawbarError


@click.command("off-task")
@click.option(
    "--tasks",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What agents did, one task a line (docs/off-task.md).",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write; a better head of the same file stays.",
)
@click.option(
    "--seed",
    default=0,
    type=click.IntRange(0),
    show_default=True,
    help="What is drawn and what is held out follows from it.",
)
def off_task(tasks: Path, out: Path, seed: int) -> None:
    """Train the head that answers `classify("off_task")`, on tasks that agents worked on.

    Nobody labels anything: calls of a task count as what its user asked for, and calls of other
    tasks as what was not. A quarter of the tasks is held out, and what the head says there is
    printed beside what needs no head at all. The same file and seed give the same head.

    It may enforce nothing until `drawbar guard calibrate` says so, by labels of people.

    Exit codes: 0 written, 1 could not run, 2 usage, 3 a better one lay there and stays.
    """
    from guards.training.boosting import Growth
    from guards.training.drawn import drawn
    from guards.training.off_task import NotTrainable, keep, trained
    from guards.training.tasks import NotATask, read

    try:
        cases = drawn(read(tasks), seed)
        click.echo(f"{len(cases)} calls, {sum(one.truth for one in cases)} of them of other tasks")
        with click.progressbar(length=Growth().trees, label="growing trees") as bar:
            made = trained(cases, seed, lambda _done: bar.update(1))
        digest = hashlib.sha256(tasks.read_bytes()).hexdigest()
        kept = keep(out, made, {"tasks": tasks.name, "tasks_sha256": digest, "seed": seed})
    except (NotATask, NotTrainable) as error:
        raise DrawbarError(str(error)) from error
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise DrawbarError(f"`{error.filename or out}`: {words}") from error
    _say("calls that change something", made.changing)
    _say("all calls", made.all)
    if not kept:
        click.echo(f"{out} stays: its bound is better")
        raise SystemExit(ExitCode.FINDINGS)
    click.echo(f"wrote {out}")


def _say(name: str, shown: object) -> None:
    from guards.training.off_task import Shown

    if not isinstance(shown, Shown):
        click.echo(f"{name}: none held out")
        return
    click.echo(f"{name}, held out: AUROC {shown.auroc:.3f}, bound {shown.bound:.3f}; without it:")
    for told, value in shown.baselines.items():
        click.echo(f"  {told} {value:.3f}")
    if not shown.beats:
        click.echo("  its bound is not above the best of these: it has shown nothing")
