"""Who is on duty, and which hours are covered."""
