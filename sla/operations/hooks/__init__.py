"""Announcing events, calling webhooks, and setting them right."""
