"""HTTP/1.1 to one address over connections that are kept, for guards and for servers of MCP."""
