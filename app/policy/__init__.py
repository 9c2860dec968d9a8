"""Policies: read, held in force, and kept word by word."""
