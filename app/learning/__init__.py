"""The gateway learns: cases are kept, rules are made of reports beside requests, and bound."""
