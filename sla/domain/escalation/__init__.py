"""Policies, the steps of a clock, and what a notice is."""
