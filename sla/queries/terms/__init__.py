"""Terms, contracts and calendars as stored."""
