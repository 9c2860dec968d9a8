"""Where a gateway's policies come from: one source a file."""
