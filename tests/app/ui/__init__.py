"""Tests of the page on which people decide."""
