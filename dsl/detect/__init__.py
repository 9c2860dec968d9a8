"""Detectors: what `detects(value, "name")` looks for, one file a detector."""
