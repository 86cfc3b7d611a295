"""Every write to the conversation; each locks the ticket first and takes `now`."""
