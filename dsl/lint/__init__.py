"""Reports mistakes and risks in policies. One file a rule in `rules/`."""
