"""Says on standard error now and then that something takes its time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

EVERY_S: Final = 10.0


@contextmanager
def waiting(what: str, every_s: float = EVERY_S) -> Iterator[None]:
    """Say so until it is over."""
    began, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(every_s):
            click.echo(f"{what} ({time.monotonic() - began:.0f} s)", err=True)

    told = threading.Thread(target=tell, daemon=True)
    told.start()
    try:
        yield
    finally:
        over.set()
        told.join()
