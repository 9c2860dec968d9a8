"""What runs in each engine's own environment; see `host.py`."""
