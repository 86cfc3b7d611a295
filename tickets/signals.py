"""The only signal of the project: facts were added to a ticket's log."""

from django.dispatch import Signal

# Sent inside the transaction, with the ticket locked: ticket (Ticket), now (datetime, UTC),
# since (datetime, UTC): when the earliest of the new facts happened.
events_recorded = Signal()
