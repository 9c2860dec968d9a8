"""Moved to `dsl/session`; this name goes once every import has moved."""

from dsl.session.session import Session

__all__ = ("Session",)
