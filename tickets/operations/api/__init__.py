"""The keys and the calls of the API."""
