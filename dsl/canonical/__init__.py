"""The kinds of values that `kind … is …` names: one file a kind, each with its canonical form.

Two notations of one kind mean the same exactly when their canonical forms are equal texts. A value
that is not readable as its kind, or that two programs could read in two ways, has none.
"""
