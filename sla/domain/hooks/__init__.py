"""The events that programs hear of, and the limits of their webhooks."""
