# No rule.
