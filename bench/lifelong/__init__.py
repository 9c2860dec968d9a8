"""Measures what memory makes of sparse, partly wrong reports, on a generated world."""
