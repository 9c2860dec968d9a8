"""Facts that the gateway looks up by itself: one file for each kind of source."""
