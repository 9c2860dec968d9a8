"""Reads the rule that a declared sentence means: by tables and code, and never by a guess."""
