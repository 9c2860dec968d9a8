"""Guards that are part of the gateway: no server, and no library that must be installed."""
