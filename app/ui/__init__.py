"""The page on which people decide."""
