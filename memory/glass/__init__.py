"""Broken glass: which policy judges in place of another for some time, as two people said."""
