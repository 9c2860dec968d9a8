"""Tests of reading the rules that declared sentences mean."""
