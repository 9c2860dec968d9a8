"""Guards that classify."""
