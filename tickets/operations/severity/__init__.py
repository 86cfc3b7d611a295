"""Changing and correcting a severity, and learning from it."""
