"""How much of a session is kept, and in which form; docs/sessions.md tells these numbers."""

from typing import Final

# Past one of these a session overflows: what comes later is not looked into, and unknown.
MOST_CHARACTERS: Final = 16 << 20  # of all that was said, given and sent: about 100 MB of memory
MOST_ENTRIES: Final = 6_000_000  # of the table, 14 bytes each: texts of single letters make many

# Different places of values in results, as `get_mails.list[*].from` is one. Whoever writes a result
# chooses the names of its members; the values at further places are untrusted.
MOST_PLACES: Final = 4_096

BLOCK: Final = 32 * 1024  # characters of a text that make one passage; a longer one is cut
MOST_VERIFIED: Final = 64  # passages in which one question looks for a row of words, 2 MB

# Results are kept for questions about earlier calls: small ones as they are, greater ones pressed.
SMALL_RESULT: Final = 4 * 1024  # characters
MOST_SMALL: Final = 256 * 1024  # of all small ones of a session
MOST_RESULT: Final = 2 << 20  # of one pressed; a greater result is looked into and then dropped
"""The reader refuses JSON beyond 10,000 values and texts beyond 256 KB, so this is rare."""

MOST_NEEDLES: Final = 20_000  # labelled values of a session whose words are kept
