"""Waiting for what nothing tells of."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so; the time is wide, for machines that do other things too."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)
