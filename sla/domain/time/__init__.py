"""Business time: calendars, open intervals, and walking them."""
