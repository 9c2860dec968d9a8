"""A gateway beside one agent: policies from a bundle, records shipped to another gateway."""
