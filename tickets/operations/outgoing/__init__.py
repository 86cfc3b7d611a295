"""The outbox: acknowledgements and answers, by mail and through tools."""
