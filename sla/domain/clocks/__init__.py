"""Targets, clocks and receipts: the reading of a ticket's log."""
