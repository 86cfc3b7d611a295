"""Who hears of what, and what they are told."""
