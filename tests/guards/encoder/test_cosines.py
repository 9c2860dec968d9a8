"""Vectors of an encoder that a folder holds, made of drawn numbers."""

from pathlib import Path

import numpy as np
import pytest

from guards.classifier.encoder import folder as folders
from guards.classifier.encoder.cosines import Encoder, cosine
from guards.classifier.encoder.folder import NotAnEncoder
from guards.training.export import export
from guards.training.graph import EXACT, MOST_7_BITS, scaled
from guards.training.weights import NotABase
from tests.guards.encoder import tiny

TEXTS = ("pay the water bill", "send money to the user", "never read mail", "", "[SEP] [CLS]")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.base(tmp_path_factory.mktemp("base"), labels=False)


@pytest.fixture(scope="module")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("encoder")
    export(base, out, "vector", 16)
    return out


def test_vectors_have_length_one_and_repeat_bit_by_bit(made: Path) -> None:
    """A text has one vector: in whatever company it is asked for, and by whatever instance."""
    encoder, other = Encoder.load(made), Encoder.load(made)

    found = encoder.embed(TEXTS)

    assert found.shape == (len(TEXTS), 64)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    for number, text in enumerate(TEXTS):
        assert (found[number] == other.embed([text])[0]).all()
    assert cosine(found[0], found[0]) == pytest.approx(1)


def test_whole_numbers_stay_close_to_the_exact_ones(base: Path, made: Path, tmp_path: Path) -> None:
    """What is lost by 8 bits is little: the vectors point nearly the same way."""
    export(base, tmp_path, "vector", 16, EXACT)

    exact, small = Encoder.load(tmp_path).embed(TEXTS), Encoder.load(made).embed(TEXTS)

    assert all(cosine(one, other) > 0.98 for one, other in zip(exact, small, strict=True))
    assert not (exact == small).all()


def test_a_long_text_is_cut_and_a_mark_in_it_is_none(made: Path) -> None:
    """Whatever its length, a text has a vector; marks of the model in it are letters."""
    encoder = Encoder.load(made)

    cut, whole = encoder.embed(["pay " * 14, "pay " * 1_000_000])
    marked, spelt = encoder.embed(["pay [SEP] bill", "pay (SEP] bill"])

    assert (cut == whole).all()
    assert (marked == spelt).all()


@pytest.mark.parametrize("name", folders.READ)
def test_a_file_that_is_not_the_recorded_one_is_not_loaded(
    made: Path, tmp_path: Path, name: str
) -> None:
    """Damaged or exchanged weights, and another tokenizer, are found before they are used."""
    for one in made.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)

    with pytest.raises(NotAnEncoder, match="is not the file"):
        Encoder.load(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"version": 2}', '{"version":1,"head":"vector","tokens":0}'],
)
def test_a_manifest_that_says_something_else_is_none(tmp_path: Path, content: str) -> None:
    """What does not describe an encoder is refused in words."""
    with pytest.raises(NotAnEncoder, match="holds no"):
        folders.read(tmp_path)
    (tmp_path / folders.FILE).write_text(content)

    with pytest.raises(NotAnEncoder, match="does not describe"):
        folders.read(tmp_path)


def test_another_way_to_read_is_another_digest(base: Path, made: Path, tmp_path: Path) -> None:
    """What was learned on vectors is bound to the weights and to how much text they see."""
    export(base, tmp_path / "longer", "vector", 17)
    export(base, tmp_path / "same", "vector", 16)

    known = Encoder.load(made).digest
    assert known == Encoder.load(tmp_path / "same").digest
    assert known != Encoder.load(tmp_path / "longer").digest


def test_weights_have_one_scale_a_row_and_seven_bits() -> None:
    """A row of small numbers beside one of large ones keeps its own steps."""
    rows = np.asarray([[1.0, -0.5], [0.001, 0.0005], [0.0, 0.0]], dtype=np.float32)

    numbers, scale = scaled(rows, MOST_7_BITS)

    assert np.abs(numbers).max() == MOST_7_BITS
    assert np.allclose(numbers * scale, rows, atol=0.01 * np.abs(rows).max(1, keepdims=True))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"{}", "does not describe a model"),
        ("config.json", b'{"model_type": "gpt2", "hidden_act": "gelu"}', "holds no BERT"),
        ("model.safetensors", b"PK\x03\x04 a pickle perhaps", "holds no weights"),
    ],
)
def test_what_is_no_model_is_refused_in_words(
    base: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """A folder of something else makes no encoder."""
    for one in base.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / name).write_bytes(content)

    with pytest.raises(NotABase, match=words):
        export(tmp_path, tmp_path / "out", "vector", 16)
