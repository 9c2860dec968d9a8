"""The kinds of evidence."""

from enum import StrEnum


class Kind(StrEnum):
    """What a piece of evidence is."""

    ARGUMENTS = "arguments"  # as they were asked, and as rules changed them; and the context
    FACTS = "facts"  # as the request told them, and as sources did
    MESSAGE = "message"  # what the user said, and what the gateway answered with values in it
    RESULT = "result"  # what came back of a call
    FEATURES = "features"  # what memory may learn from a call, and what came of it
