"""A gateway that makes its records and stores none: what deciding costs without what keeping costs.

No setting does that, and none should: it is the gateway of this bench alone.
"""

from typing import Any, Final

from memory.records.log import RecordLog

MODULE: Final = "bench.speed.servers.unrecorded"


async def _dropped(*_: Any, **__: Any) -> None:
    """Take a record as the log does, and let it go."""


def main() -> None:
    """Be `drawbar`, with a log that keeps nothing."""
    RecordLog.append = _dropped  # type: ignore[method-assign]  # what is measured without
    from app.cli.main import main as drawbar  # noqa: PLC0415 - it is imported as the product's is

    drawbar()


if __name__ == "__main__":
    main()
