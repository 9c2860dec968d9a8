"""Tokens with which one seat hands a decision on to the next."""
