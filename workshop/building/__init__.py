"""Construire les notebooks depuis leurs sources."""
