"""Makes rules of what is stored: cases, the log of feedback, and revisions that are signed."""
