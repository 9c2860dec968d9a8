"""Whom each policy judges, and how far it is in force."""
