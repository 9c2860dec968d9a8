"""The REST API beside the decision edges: one router a file."""
