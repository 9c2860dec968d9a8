"""Approvals: asking people, letting them answer, and holding a call until they did."""
