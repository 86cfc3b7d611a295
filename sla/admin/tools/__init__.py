"""Displays, updates and shadow runs."""
