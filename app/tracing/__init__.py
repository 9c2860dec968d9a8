"""Traces: a span for each decision, where the settings name a collector; else nothing is loaded."""
