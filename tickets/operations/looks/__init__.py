"""Asking the tools for what their webhooks lost."""
