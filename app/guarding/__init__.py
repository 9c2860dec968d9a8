"""Asks learned guards while a decision is made, and replays what they said."""
