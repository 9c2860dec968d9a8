"""Brings recorded decisions back as they were to be made: the call, and what was known then."""
