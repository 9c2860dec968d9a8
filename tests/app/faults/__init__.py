"""Faults at every place where a request waits, and at every statement that it sends."""
