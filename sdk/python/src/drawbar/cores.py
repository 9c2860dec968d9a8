"""One gateway as it is asked from threads and from event loops: same key, two sets of lines."""

from drawbar.blocking import BlockingLine, BlockingOpens
from drawbar.core import Core, Settings
from drawbar.lines import Lines
from drawbar.looping import LoopLine, LoopOpens


class Cores:
    """What a client is made of; guarded functions of either kind find theirs in it."""

    def __init__(self, settings: Settings) -> None:
        address = settings.address
        self.blocking: Core[BlockingLine] = Core(settings, Lines(BlockingOpens(address)))
        self.looping: Core[LoopLine] = Core(settings, Lines(LoopOpens(address)))

    def close(self) -> None:
        """Close all that is kept."""
        self.blocking.lines.close()
        self.looping.lines.close()
