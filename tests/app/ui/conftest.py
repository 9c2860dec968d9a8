"""A fresh gateway with people in each test."""

from tests.app.approvals.conftest import people

__all__ = ("people",)
