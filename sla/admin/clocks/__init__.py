"""The desk, the ticket page, clocks and missed targets."""
