"""Readings of texts: what is kept of them from one question to the next."""

from dsl.session import labels, reading


def test_what_is_read_of_long_texts_is_not_kept() -> None:
    """A reading takes forty times the memory of its text, so only short ones are kept."""
    known = (reading._cached.cache_info().misses, labels._cached_rows.cache_info().misses)

    for text in ("one two three four five " * 1_000, "x" * 5_000):
        assert reading.read(text) == reading._read(text)
        assert labels.word_rows(text) == labels._rows(text)

    after = (reading._cached.cache_info().misses, labels._cached_rows.cache_info().misses)
    assert after == known


def test_what_is_read_of_a_short_text_is_kept() -> None:
    """The law above could fail."""
    text = "a text that no other test reads, INV-77001"

    assert reading.read(text) is reading.read(text)
    assert labels.word_rows(text) is labels.word_rows(text)
