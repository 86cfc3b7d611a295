"""Loading terms and calendars."""
