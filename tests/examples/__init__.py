"""Tests that the policies we hand out do what their pages say."""
