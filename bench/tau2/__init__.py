"""Replays write calls of a public airline benchmark through the policy that stands beside."""
