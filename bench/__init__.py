"""Measurements and evaluation: never imported by the product."""
