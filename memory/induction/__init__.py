"""Few, short, readable rules out of reports: a pure function of a log and a configuration.

Nothing here reads a store, a clock or the network. What a rule matches is told by the engine that
decides calls, and every rule is printed as the language has it.
"""
