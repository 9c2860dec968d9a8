"""Prints trees as they are written in a policy."""
