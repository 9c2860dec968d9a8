"""What makes the answers of a session fast and small, and the same as those of the reference."""
