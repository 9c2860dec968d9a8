"""Tells every gateway on a store that something changed: at once where the store can, else soon."""
