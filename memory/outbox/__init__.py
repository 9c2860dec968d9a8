"""What must be sent: stored with the decision that wants it, and kept until it was sent."""
