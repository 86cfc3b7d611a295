"""The desk and the page of a ticket."""
