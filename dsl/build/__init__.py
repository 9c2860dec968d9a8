"""Lark's parse tree of one statement becomes the nodes of `syntax`."""
