"""Answers into chat and helpdesk tools: one small file per tool, from our words to its API."""
