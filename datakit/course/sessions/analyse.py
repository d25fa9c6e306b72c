"""Séance analyse."""
