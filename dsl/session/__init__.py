"""One session in memory, and how a value is found again in what was said and given back.

`session.py` is the reference: every question looks through all that happened. The functions
beside it know nothing of sessions, so an index that is faster gives the same answers from the
same functions: `reading.read` turns a text into what can be found in it, `asked.asked` a value
into what is looked for.
"""
