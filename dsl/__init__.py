"""The policy language: text to policy to verdict. Pure: no clock, no files, no database, no web."""
