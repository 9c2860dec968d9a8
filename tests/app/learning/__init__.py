"""A gateway that learns."""
