"""Sessions in Redis or Valkey, for gateways that share them without asking the database."""
