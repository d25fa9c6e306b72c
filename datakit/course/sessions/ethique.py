"""Séance ethique."""
