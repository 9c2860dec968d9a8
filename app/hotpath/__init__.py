"""`POST /v1/check` without the web framework, where nothing about the request is doubtful."""
