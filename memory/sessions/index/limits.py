"""How much of a session is looked into; docs/sessions.md tells these numbers."""

from typing import Final

# Past one of these a session overflows: what comes later is not looked into, and unknown.
MOST_CHARACTERS: Final = 16 << 20  # said, given and sent: a session that holds more is over
MOST_ENTRIES: Final = 6_000_000  # of the table, 14 bytes each; short words make many

# Different places of values in results, as `get_mails.list[*].from` is one. Whoever writes a result
# chooses the names of its members; the values at further places are untrusted.
MOST_PLACES: Final = 4_096

BLOCK: Final = 32 * 1024  # characters of a text that make one passage; a longer one is cut
MOST_VERIFIED: Final = 64  # passages in which one question looks for a row of words, 2 MB
MOST_NEEDLES: Final = 20_000  # different values under one label
