"""What a ticket's promise comes to in its tool, and a tool's own figures beside it."""
