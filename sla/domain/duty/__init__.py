"""Whose turn it is, and whether every promised hour is covered."""
