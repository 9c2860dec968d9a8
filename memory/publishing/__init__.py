"""Policies on their way into force: drafts, what is published of them, and who confirms that."""
