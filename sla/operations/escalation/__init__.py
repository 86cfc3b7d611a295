"""Firing steps, sending notices, and proving both."""
