"""Writing deadlines into tools, and shadow runs."""
