"""What stays behind of every decision: chained records, checkpoints over them, and their check."""
