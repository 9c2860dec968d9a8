"""What a guard was shown to be able to do, and how its scores are read."""
