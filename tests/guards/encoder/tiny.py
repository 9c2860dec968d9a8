"""A tiny BERT made of drawn numbers, in the layout of `transformers`: it knows nothing at all."""

import json
import random
import struct
from pathlib import Path

import numpy as np

WORDS = (
    "pay send read mail money the a to of bill water never without asking user call policy 7 2500"
)
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WIDTH = 64
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789(){}:,._-\"'@"


def base(folder: Path, *, labels: bool = True, seed: int = 0) -> Path:
    """Write a model whose heads are 32 numbers wide, as vLLM wants them on a processor."""
    folder.mkdir(parents=True, exist_ok=True)
    words, width, layers = _words(), WIDTH, 2
    told = {
        "architectures": ["BertForSequenceClassification" if labels else "BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 2 * width,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "vocab_size": len(words),
        "pad_token_id": 0,
        "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "id2label": {"0": "no_violation", "1": "violation"},
        "label2id": {"no_violation": 0, "violation": 1},
    }
    (folder / "config.json").write_text(json.dumps(told))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(words)))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    _write(folder / "model.safetensors", _weights(width, layers, len(words), seed, labels=labels))
    return folder


def _words() -> list[str]:
    letters = [*LETTERS, *(f"##{one}" for one in LETTERS)]
    return list(dict.fromkeys([*MARKS, *letters, *WORDS.split()]))


def _weights(
    width: int, layers: int, words: int, seed: int, *, labels: bool
) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)

    def drawn(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.2, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": drawn(words, width),
        "embeddings.position_embeddings.weight": drawn(512, width),
        "embeddings.token_type_embeddings.weight": drawn(2, width),
    }
    sizes = {
        "attention.self.query": (width, width),
        "attention.self.key": (width, width),
        "attention.self.value": (width, width),
        "attention.output.dense": (width, width),
        "intermediate.dense": (2 * width, width),
        "output.dense": (width, 2 * width),
    }
    norms = ["embeddings.LayerNorm"]
    linear = {"pooler.dense": (width, width)}
    for number in range(layers):
        name = f"encoder.layer.{number}."
        linear |= {name + one: shape for one, shape in sizes.items()}
        norms += [f"{name}attention.output.LayerNorm", f"{name}output.LayerNorm"]
    for one, shape in linear.items():
        found |= {f"{one}.weight": drawn(*shape), f"{one}.bias": drawn(shape[0])}
    for one in norms:
        found |= {f"{one}.weight": 1 + drawn(width), f"{one}.bias": drawn(width)}
    if not labels:
        return found
    found = {f"bert.{name}": one for name, one in found.items()}
    return found | {"classifier.weight": drawn(2, width), "classifier.bias": drawn(2)}


def _write(path: Path, tensors: dict[str, np.ndarray]) -> None:
    head, data = {}, b""
    for name, one in tensors.items():
        raw = one.tobytes()
        offsets = [len(data), len(data) + len(raw)]
        head[name] = {"dtype": "F32", "shape": list(one.shape), "data_offsets": offsets}
        data += raw
    told = json.dumps({"__metadata__": {"format": "pt"}, **head}).encode()
    told += b" " * (-len(told) % 8)
    path.write_bytes(struct.pack("<Q", len(told)) + told + data)


def _tokenizer(words: list[str]) -> dict[str, object]:
    numbers = {one: number for number, one in enumerate(words)}
    marks = [
        {
            "id": numbers[one],
            "content": one,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for one in MARKS
    ]
    ends = {"[CLS]": {"SpecialToken": {"id": "[CLS]", "type_id": 0}}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": marks,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                ends["[CLS]"],
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
            "pair": [
                ends["[CLS]"],
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
            ],
            "special_tokens": {
                one: {"id": one, "ids": [numbers[one]], "tokens": [one]}
                for one in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": numbers,
        },
    }


def cases(path: Path, number: int = 240, seed: int = 0) -> Path:
    """Write labelled cases that one word tells apart, so that a tiny model can learn them."""
    draw = random.Random(seed)  # noqa: S311 - the same cases each time
    rows = []
    for one in range(number):
        bad = one % 2 == 0
        who = " ".join(["user"] * 6 if bad else draw.choices(("mail", "bill"), k=6))
        call = f'pay({{"amount":{draw.randrange(10)},"to":"{who} {draw.randrange(10)}"}})'
        text = "Policy: never pay money without asking\nTrajectory Actions: read mail\n"
        rows.append(
            {
                "instruction": "Is the policy violated?",
                "input": f"{text}{call}\nDomain: bills",
                "output": "violation" if bad else "no_violation",
                "cluster": f"case {one // 4}",
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
