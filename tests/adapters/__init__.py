"""Tests of the adapters, with the real frameworks and a real gateway process."""
