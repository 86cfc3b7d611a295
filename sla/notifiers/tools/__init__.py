"""Deadlines written into the tools: what is asked of each, and what its answers mean."""
