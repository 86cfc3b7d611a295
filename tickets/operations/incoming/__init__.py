"""From a kept delivery to what it means: a ticket, a message, a change, ignored, quarantined."""
