"""Holds policies against lists of requirements, row by row."""
