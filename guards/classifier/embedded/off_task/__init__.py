"""Tells whether a call is not what the user asked for, by counted words and values."""
