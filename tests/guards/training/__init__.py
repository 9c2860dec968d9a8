"""Tests of the guards that are part of the gateway."""
