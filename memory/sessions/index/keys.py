"""The 64-bit keys by which the index knows values and words.

They are Python's hashes of texts (SipHash, with a key of this process) that begin with a secret of
this process, so nobody outside can tell which two texts have one key, whoever chooses the texts.
That a value which was never seen has the key of one of six million that were, has a chance of one
in 10^12 each time a value is asked about, and whoever asks learns nothing for the next time. A
value is never found by fewer than all 64 bits.
"""

import secrets
import sys
from collections.abc import Iterable
from typing import Final

_SECRET: Final = secrets.token_hex(8)
_VALUE: Final = f"v{_SECRET}"
_WORD: Final = f"w{_SECRET}"
_EXACT: Final = f"e{_SECRET}"
_BITS: Final = 64

if sys.hash_info.width != _BITS or not sys.hash_info.algorithm.startswith("siphash"):
    message = "the index of sessions needs a Python whose hashes of texts are SipHash of 64 bits"
    raise ImportError(message)


def value(kind: str, form: str) -> int:
    """Return the key of a value of some kind, by its one form."""
    return hash(f"{_VALUE}{kind}\n{form}")


def marked(words: Iterable[str]) -> list[str]:
    """Return folded words as keys are made of them: the hash of one, or of a pair of them."""
    return [_WORD + word for word in words]


def exact(word: str) -> int:
    """Return the key of a word in its own case."""
    return hash(_EXACT + word)
