"""One lint rule a file; its docstring is its page in docs/lint."""
