"""Tests of stored approvals."""
