"""Tests of what the lint rules lean on."""
