"""What the exit codes mean, for every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 clean or allow, 1 could not run, 2 usage, 3 findings, 4 deny, 5 ask."""

    CLEAN = 0
    COULD_NOT_RUN = 1
    USAGE = 2
    FINDINGS = 3
    DENY = 4
    ASK = 5
