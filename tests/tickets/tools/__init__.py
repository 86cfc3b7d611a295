"""What chat and helpdesk tools send, proved and read."""
