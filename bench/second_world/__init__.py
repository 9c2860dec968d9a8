"""A second world of tool calls, hidden rules and reports, written without a look at the first.

`tools` has the tools, `world` the calls of a seed. Who tunes a learner must not tune on this one.
"""
