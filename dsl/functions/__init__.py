"""The functions of the policy language: one file a function."""
