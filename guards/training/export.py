"""Turns a model in the layout of `transformers` into the folder of an encoder."""

import shutil
from pathlib import Path

from guards.classifier.encoder import folder as folders
from guards.classifier.encoder.folder import MODEL, TOKENIZER, Head, Manifest
from guards.training import weights as read
from guards.training.bert import Bert
from guards.training.graph import INT8
from guards.training.weights import LABELS, NotABase


def export(base: Path, out: Path, head: Head, tokens: int, bits: int = INT8) -> Manifest:
    """Write the files of an encoder into a folder, and what they are."""
    config = read.config(base)
    if head == "labels" and config.labels != LABELS:
        raise NotABase(f"`{base}` gives other labels than {' and '.join(LABELS)}")
    if tokens > config.positions:
        raise NotABase(f"`{base}` reads {config.positions} tokens at most")
    try:
        model = Bert(config, read.weights(base), bits).file(head)
    except KeyError as error:
        raise NotABase(f"`{base}` lacks the weights {error}") from error
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL).write_bytes(model)
    if base.resolve() != out.resolve():
        shutil.copyfile(base / read.TOKENIZER, out / TOKENIZER)
    return folders.write(out, head, tokens, config.labels if head == "labels" else (), bits)
