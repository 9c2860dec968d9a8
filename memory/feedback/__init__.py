"""What people report of decisions, as an append-only log: what induction is a function of."""
