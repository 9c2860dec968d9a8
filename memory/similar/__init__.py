"""Finds earlier calls like one, for people who review: no decision ever asks it."""
