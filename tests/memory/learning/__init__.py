"""What memory keeps of what it learns."""
