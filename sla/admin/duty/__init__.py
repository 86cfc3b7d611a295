"""Rotas, shifts and coverage."""
