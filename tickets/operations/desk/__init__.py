"""What an agent does with a ticket besides answering."""
