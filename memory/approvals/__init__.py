"""Approvals: calls that people are asked about, bound to exactly one call and used once."""
