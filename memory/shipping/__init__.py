"""Chains of sidecars: sent to another gateway, and kept there as they were written."""
