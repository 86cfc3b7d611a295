"""Policies, channels, notices and lag."""
