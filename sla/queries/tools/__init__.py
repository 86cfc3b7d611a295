"""Displays, panels and shadow runs as stored."""
