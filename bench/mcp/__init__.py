"""What the MCP gateway costs over a direct connection."""
