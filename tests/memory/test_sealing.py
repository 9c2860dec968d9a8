"""What is sealed opens with its key, for its purpose, at its place, and nowhere else."""

import pytest

from memory.sealing import Sealer, SealError

ROOT = b"r" * 32


def test_what_is_sealed_opens_again() -> None:
    """The same bytes come back, and no two seals of them are alike."""
    sealer = Sealer(ROOT, "events")
    one, other = sealer.seal(b"words", "s1"), sealer.seal(b"words", "s1")

    assert (sealer.open(one, "s1"), sealer.open(other, "s1")) == (b"words", b"words")
    assert one != other
    assert b"words" not in one


def test_it_opens_nowhere_else() -> None:
    """Another place, purpose or key, and any changed byte, is refused."""
    sealed = Sealer(ROOT, "events").seal(b"words", "s1")

    for sealer, place, content in (
        (Sealer(ROOT, "events"), "s2", sealed),
        (Sealer(ROOT, "other"), "s1", sealed),
        (Sealer(b"x" * 32, "events"), "s1", sealed),
        (Sealer(ROOT, "events"), "s1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (Sealer(ROOT, "events"), "s1", b""),
        (Sealer(ROOT, "events"), "s1", sealed[:12]),
    ):
        with pytest.raises(SealError):
            sealer.open(content, place)
