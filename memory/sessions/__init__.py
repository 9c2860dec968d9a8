"""Sessions: what the user said, which calls were let through, and what came back of them."""
