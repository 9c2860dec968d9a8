"""Probes of harm done with values that the session knows; origin alone cannot see them."""
