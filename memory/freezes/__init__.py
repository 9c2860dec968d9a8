"""Agents, subjects and tenants that are frozen: whatever they ask for is denied."""
