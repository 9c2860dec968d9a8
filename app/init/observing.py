"""The binding of a trial: the policy watches until a day, and enforces nothing till then."""

from datetime import date

from app.binding.bindings import NAME

__all__ = ("NAME", "binding")


def binding(policy: str, until: date) -> str:
    """Return the file that lets a policy observe to the end of a day."""
    # What stands directly above `observe_until` goes with it when the policy enforces.
    return f"""\
[[bind]]
policy = "{policy}"
# UNTIL THE END OF {until} (UTC) THIS POLICY ENFORCES NOTHING.
# What it would refuse or ask about runs, and is recorded with what would have become of it
# (`drawbar report`). After that day it enforces, without a further word.
# To enforce at once: `drawbar enforce {policy}`.
observe_until = {until}
"""
