"""What a policy must satisfy beyond its grammar; a fault here forbids its use."""
