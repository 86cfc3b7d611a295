"""Policies, recipients, notices and lag as stored."""
