"""Séance sources."""
