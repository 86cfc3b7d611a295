"""What every change of a ticket is made of: its log, its messages, its people, its attention."""
