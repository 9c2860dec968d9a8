"""`drawbar train`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from dsl.errors import DrawbarError

FOLDER: Final = click.Path(path_type=Path, file_okay=False)
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


@train.command("export-encoder")
@click.option(
    "--from",
    "base",
    required=True,
    type=FOLDER,
    help="The model: `config.json`, `model.safetensors` and `tokenizer.json` of a BERT.",
)
@click.option("--out", required=True, type=FOLDER, help="The folder to write.")
@click.option(
    "--tokens", default=64, show_default=True, help="What is longer is cut, so it stays fast."
)
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
        from guards.training.weights import NotABase
    try:
        made = export(base, out, "vector", tokens, EXACT if exact else INT8)
    except NotABase as error:
        raise DrawbarError(str(error)) from error
    except OSError as error:
        raise DrawbarError(f"`{out}` cannot be written: {error.strerror}") from error
    size = sum(one.stat().st_size for one in out.iterdir()) / 1e6
    click.echo(f"wrote {out}: {size:.1f} MB, {made.tokens} tokens, digest {made.digest}")
