"""Learned judgement. Empty so far: no policy construct asks a guard yet (docs/architecture.md)."""
