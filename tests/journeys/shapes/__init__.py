"""Sixty shapes of mail that reach a support mailbox, each with the fate that it must have."""
