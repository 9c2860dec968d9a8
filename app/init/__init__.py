"""Writes a first policy for tools that somebody offers: `drawbar init`."""
