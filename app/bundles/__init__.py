"""Policies in one signed file, as sidecars get them."""
