"""Measures what asking through the Python client costs."""
