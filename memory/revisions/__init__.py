"""Keeps the text of every policy revision that was in force: signed, and only added to."""
