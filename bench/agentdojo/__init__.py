"""Replays the attacks of AgentDojo, without a model, against policies."""
