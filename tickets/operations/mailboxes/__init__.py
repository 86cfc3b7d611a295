"""Reading mailboxes by IMAP, each mail once."""
