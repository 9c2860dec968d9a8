"""`drawbar train`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from app.cli.exits import ExitCode
from app.cli.train_off_task import off_task
from app.cli.train_options import FILE, FOLDER, setting, told
from dsl.errors import DrawbarError

# The packages of each extra, and the extra that brings them.
_BROUGHT: Final = {
    "numpy": "encoder",
    "onnxruntime": "encoder",
    "tokenizers": "encoder",
    "torch": "classifier",
    "transformers": "classifier",
}


@contextmanager
def needed() -> Iterator[None]:
    """Say which extra is missing, where one is."""
    try:
        yield
    except ModuleNotFoundError as error:
        extra = _BROUGHT.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        words = f"this needs `{error.name}`: pip install 'drawbar-server[{extra}]'"
        raise DrawbarError(words) from None


@click.group()
def train() -> None:
    """Make the models that guards ask inside the gateway (docs/train.md)."""


train.add_command(off_task)


@train.command("export-encoder")
@click.option(
    "--from",
    "base",
    required=True,
    type=FOLDER,
    help="The model: `config.json`, `model.safetensors` and `tokenizer.json` of a BERT.",
)
@click.option("--out", required=True, type=FOLDER, help="The folder to write.")
@setting("--tokens", 64, click.IntRange(8, 512), "What is longer is cut, so it stays fast.")
@click.option("--exact", is_flag=True, help="Keep 32 bits: four times as large and slower.")
def export_encoder(base: Path, out: Path, tokens: int, *, exact: bool) -> None:
    """Turn a sentence encoder into a small file that gives vectors without PyTorch.

    Weights become whole numbers of 8 bits, one scale a column. Nothing is trained, and
    nothing is downloaded: the model is on this machine already.

    Exit codes: 0 written, 1 could not run, 2 usage.
    """
    with needed():
        from guards.training.export import export
        from guards.training.graph import EXACT, INT8
    with told(out):
        made = export(base, out, "vector", tokens, EXACT if exact else INT8)
    size = sum(one.stat().st_size for one in out.iterdir()) / 1e6
    click.echo(f"wrote {out}: {size:.1f} MB, {made.tokens} tokens, digest {made.digest}")


@train.command()
@click.option(
    "--labels",
    required=True,
    type=FILE,
    help="Labelled cases, one JSON object a line (docs/guard.md).",
)
@click.option(
    "--base",
    required=True,
    type=FOLDER,
    help="The weights to begin with, as for `export-encoder`.",
)
@click.option("--out", required=True, type=FOLDER, help="The folder to write; a better one stays.")
@setting("--seed", 0, click.IntRange(0), "What is drawn follows from it.")
@setting("--epochs", 4, click.IntRange(1), "It ends earlier where nothing gains.")
@setting("--batch", 16, click.IntRange(1), "How many cases a step learns from.")
@setting("--rate", 1e-4, click.FloatRange(0, min_open=True), "How far the first steps lead.")
@setting("--tokens", 128, click.IntRange(8, 512), "Longer cases are shortened.")
@setting("--threads", 1, click.IntRange(1), "More are faster on a quiet machine.")
def encoder(
    labels: Path,
    base: Path,
    out: Path,
    seed: int,
    epochs: int,
    batch: int,
    rate: float,
    tokens: int,
    threads: int,
) -> None:
    """Train an encoder on labelled cases, for a guard that answers `judge` rules.

    A fifth of the groups of cases is held back, and what it says there is printed beside what
    needs no model at all. The folder is one that `transformers` loads and vLLM serves, with a file
    of 8 bits that the gateway asks itself, and with `card.md`. Begun again after it was
    ended, it goes on where it was; the same labels, weights and settings give the same result.

    It may enforce nothing until `drawbar guard calibrate` says so, by other labels.

    Exit codes: 0 written, 1 could not run, 2 usage, 3 a better one lay there and stays.
    """
    with needed():
        from guards.training.plan import Plan
        from guards.training.run import run
        from guards.training.weights import config
    plan = Plan(labels, base, out, seed, epochs, batch, rate, tokens, threads=threads)
    with told(out):
        config(base)
        outcome = run(plan, click.echo)
    found = outcome.figures
    click.echo(f"held back: AUROC {found.auroc:.3f}, bound {found.bound:.3f}; without any model:")
    for name, value in found.baselines.items():
        click.echo(f"  {name} {value:.3f}")
    if not found.shows_something:
        click.echo(f"its bound is not above `{found.best}`: it has shown nothing")
    if outcome.kept is not None:
        click.echo(f"{out} stays: its bound is {outcome.kept:.3f}. This one is {outcome.folder}")
        raise SystemExit(ExitCode.FINDINGS)
    click.echo(f"wrote {outcome.folder}")
