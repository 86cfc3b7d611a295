"""Planning turns, reading feeds, warning of gaps."""
