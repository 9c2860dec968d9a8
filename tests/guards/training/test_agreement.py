"""The same weights say the same thing, whoever runs them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from guards.classifier.encoder.asking import fitted
from guards.classifier.encoder.runtime import Runtime
from guards.classifier.vllm.canary import CANARY
from guards.training.export import export
from guards.training.graph import EXACT, INT8
from tests.guards.encoder import tiny

pytestmark = pytest.mark.torch
EXACTLY, NEARLY = 1e-4, 0.5


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def texts(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("any")
    export(base, out, "labels", 512)
    ids = Runtime.load(out).ids
    return [fitted(one, ids, 512)[0] for one in CANARY]


def _theirs(base: Path, texts: list[str], others: list[str] | None = None) -> list[Any]:
    words = AutoTokenizer.from_pretrained(base, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(base, local_files_only=True).eval()
    pairs = [(one,) for one in texts] if others is None else list(zip(texts, others, strict=True))
    with torch.inference_mode():
        return [model(**words(*one, return_tensors="pt")).logits[0].numpy() for one in pairs]


@pytest.mark.parametrize(("bits", "close"), [(EXACT, EXACTLY), (INT8, NEARLY)])
def test_our_graph_is_the_model_of_transformers(
    base: Path, texts: list[str], tmp_path: Path, bits: int, close: float
) -> None:
    """With 32 bits the logits are those of `transformers`, and with 8 bits they are near."""
    export(base, tmp_path, "labels", 512, bits)
    ours = Runtime.load(tmp_path)

    for text, logits in zip(texts, _theirs(base, texts), strict=True):
        assert np.abs(ours.run(ours.ids(text)) - logits).max() < close


def test_one_text_and_a_pair_are_not_the_same(base: Path, texts: list[str]) -> None:
    """The trap that one text avoids: as a pair, the same words get other numbers in silence."""
    halves = [text.split(" [SEP] ") for text in texts]
    pairs = _theirs(base, [one for one, _ in halves], [other for _, other in halves])

    off = [np.abs(one - pair).max() for one, pair in zip(_theirs(base, texts), pairs, strict=True)]

    assert max(off) > EXACTLY
