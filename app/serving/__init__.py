"""Serves the gateway: one process or several behind one door."""
