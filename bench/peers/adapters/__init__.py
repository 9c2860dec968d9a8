"""One adapter an engine; each is run in that engine's own environment by `host.py`."""
