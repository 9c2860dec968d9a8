"""The MCP gateway: stands between an MCP client and its servers, and decides each call."""
