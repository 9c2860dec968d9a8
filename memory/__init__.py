"""What Drawbar remembers: the only home of SQL."""
