"""Which commitments a ticket has, what is due next, and why."""
