"""Webhooks and their calls."""
