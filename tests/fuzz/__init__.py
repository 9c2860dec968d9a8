"""The API under requests that are drawn from its own description."""
