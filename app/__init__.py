"""Composes the parts into the gateway and the command line; the only home of FastAPI."""
