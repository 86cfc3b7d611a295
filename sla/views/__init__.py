"""Pages without a log-in: what is behind the link in a notice, and the panel in a tool."""
