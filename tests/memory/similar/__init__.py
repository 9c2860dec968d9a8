"""Similar calls, as people look for them."""
