"""The keys of the API."""
