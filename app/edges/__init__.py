"""One file a protocol: how a message becomes a call, and a decision an answer."""
