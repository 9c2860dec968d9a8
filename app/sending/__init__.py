"""Sends what decisions require to be told, to targets that the settings name."""
