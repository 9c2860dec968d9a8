"""Tests of the benches and of what feeds them."""
