"""What every change of a ticket is made of: its log, its messages, its people, what needs attention."""
