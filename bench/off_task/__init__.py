"""Measures whether calls that a user did not ask for are told from others, on public sets."""
