"""What the description of the API says, and how a route ends."""
