"""Other forms of a policy, one file a form; each leads to the same tree as the text."""
