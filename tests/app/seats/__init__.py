"""One call through two seats: the token that a decision is handed on by."""
