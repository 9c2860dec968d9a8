"""Shell commands as data: read twice, never run."""
