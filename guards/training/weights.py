"""Reads weights in the layout of `transformers`: `config.json` and `model.safetensors`.

A safetensors file is a length, a JSON object that says where each tensor lies, and numbers: what
is read cannot run anything.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dsl import strictjson

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
TOKENIZER: Final = "tokenizer.json"
LABELS: Final = ("no_violation", "violation")
_HEAD: Final = 8
_LEAVES: Final = 1_000_000


class NotABase(ValueError):
    """A folder that holds no model which can be used here; it says why."""


@dataclass(frozen=True, slots=True)
class Config:
    """The measures of a BERT."""

    width: int
    layers: int
    heads: int
    positions: int
    epsilon: float
    labels: tuple[str, ...]


def config(folder: Path) -> Config:
    """Return the measures of a model, or say why it is none that can be used."""
    try:
        told = strictjson.read((folder / CONFIG).read_bytes())
        if told["model_type"] != "bert" or told["hidden_act"] != "gelu":
            raise NotABase(f"`{folder}` holds no BERT with `gelu`, and no other can be used")
        names = told.get("id2label", {})
        return Config(
            int(told["hidden_size"]),
            int(told["num_hidden_layers"]),
            int(told["num_attention_heads"]),
            int(told["max_position_embeddings"]),
            float(told["layer_norm_eps"]),
            tuple(str(names[one]) for one in sorted(names, key=int)),
        )
    except (OSError, strictjson.InvalidJson, KeyError, TypeError, AttributeError) as error:
        words = f"`{folder / CONFIG}` does not describe a model of `transformers`"
        raise NotABase(words) from error


def weights(folder: Path) -> Mapping[str, NDArray[np.float32]]:
    """Return the numbers of a model by their names, without the prefix that classifiers have."""
    try:
        content = (folder / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", content[:_HEAD])
        told = strictjson.read(content[_HEAD : _HEAD + length], _LEAVES)
        told.pop("__metadata__", None)
        data = memoryview(content)[_HEAD + length :]
        return {name.removeprefix("bert."): _tensor(one, data) for name, one in told.items()}
    except (
        OSError,
        strictjson.InvalidJson,
        KeyError,
        TypeError,
        ValueError,
        struct.error,
    ) as error:
        raise NotABase(f"`{folder / WEIGHTS}` holds no weights of 32 or 16 bits") from error


def _tensor(told: Any, data: memoryview) -> NDArray[np.float32]:
    begin, end = (int(one) for one in told["data_offsets"])
    kind = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}[told["dtype"]]
    found = np.frombuffer(data[begin:end], dtype=kind)
    return found.reshape([int(one) for one in told["shape"]]).astype(np.float32)
