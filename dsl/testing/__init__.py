"""Runs the tests that live with a policy."""
