"""Tests of rates and of the lock-out."""
