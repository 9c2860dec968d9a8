"""The rules of a bench as each engine's own policy."""
