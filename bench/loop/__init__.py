"""What a gateway adds to the loop of an agent that calls tools over the Model Context Protocol."""
