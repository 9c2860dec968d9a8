"""From one call, or what came back of one, to what was decided and told."""
