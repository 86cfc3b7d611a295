"""Verdicts with their reasons, the audit, and how good the model is."""
