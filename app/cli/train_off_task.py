"""`drawbar train off-task`."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.exits import ExitCode
from app.cli.train_options import FILE, FOLDER, setting, told

if TYPE_CHECKING:
    from guards.training.off_task import Shown


@click.command("off-task")
@click.option(
    "--tasks",
    required=True,
    type=FILE,
    help="What agents did, one task a line (docs/off-task.md).",
)
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="The folder to write; a better head of the same file stays.",
)
@setting("--seed", 0, click.IntRange(0), "What is drawn and what is held out follows from it.")
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
    from guards.training.off_task import keep, trained
    from guards.training.tasks import read

    with told(out):
        cases = drawn(read(tasks), seed)
        click.echo(f"{len(cases)} calls, {sum(one.truth for one in cases)} of them of other tasks")
        with click.progressbar(length=Growth().trees, label="growing trees") as bar:
            made = trained(cases, seed, lambda _done: bar.update(1))
        digest = hashlib.sha256(tasks.read_bytes()).hexdigest()
        kept = keep(out, made, {"tasks": tasks.name, "tasks_sha256": digest, "seed": seed})
    _say("calls that change something", made.changing)
    _say("all calls", made.all)
    if not kept:
        click.echo(f"{out} stays: its bound is better")
        raise SystemExit(ExitCode.FINDINGS)
    click.echo(f"wrote {out}")


def _say(name: str, shown: "Shown | None") -> None:
    if shown is None:
        click.echo(f"{name}: none held out")
        return
    click.echo(f"{name}, held out: AUROC {shown.auroc:.3f}, bound {shown.bound:.3f}; without it:")
    for baseline, value in shown.baselines.items():
        click.echo(f"  {baseline} {value:.3f}")
    if not shown.beats:
        click.echo("  its bound is not above the best of these: it has shown nothing")
