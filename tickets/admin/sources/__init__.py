"""Setting up sources, what came in by them, and their tools."""
