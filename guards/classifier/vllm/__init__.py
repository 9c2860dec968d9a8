"""Guards that a vLLM server serves, spoken to over HTTP; vLLM itself is never imported."""
