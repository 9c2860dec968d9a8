"""How much callers may send, and what becomes of those who guess."""
