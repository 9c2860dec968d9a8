"""The tokenizer of an encoder: nothing is filled up and nothing is cut, unless by us."""

from tokenizers import Tokenizer


def tokenizer(content: bytes) -> Tokenizer:
    """Return the tokenizer that a `tokenizer.json` describes."""
    made = Tokenizer.from_str(content.decode())
    made.no_padding()
    made.no_truncation()
    return made


def ids(made: Tokenizer, text: str) -> list[int]:
    """Return a text as the numbers of its tokens, with the marks at both ends."""
    found: list[int] = made.encode(text).ids
    return found
