"""Shows in half a minute what Drawbar does: `drawbar demo`."""
