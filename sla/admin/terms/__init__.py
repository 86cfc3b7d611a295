"""Agreements, terms, objectives and calendars."""
