"""Holds drafts of policies against all that could be wrong with them, and publishes them."""
